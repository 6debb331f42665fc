//! The language server as an editor sees it: pygls's client, on the program's
//! standard input and output.

use std::io::{BufRead, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::daemon::{Folder, PROGRAM};
use super::modbus_peer::ModbusPeer;
use super::peers::{Peer, interpreter};
use super::sites::{RULES, modbus_image, modbus_site};

/// A client that has started a server.
struct Editor {
    peer: Peer,
    root: String,
    versions: i64,
}

impl Editor {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/editor.py");
        let mut command = Command::new(interpreter());
        command.arg("-u").arg(script).args([PROGRAM, "lsp"]).args(arguments);
        let root = format!("file://{}", folder.canonicalize().unwrap().display());
        Self { peer: Peer::start(command), root, versions: 0 }
    }

    /// Started and initialized.
    fn ready(folder: &Path, arguments: &[&str]) -> Self {
        let mut editor = Self::start(folder, arguments);
        editor.order(json!({ "do": "initialize", "root": editor.root }));
        editor.order(json!({ "do": "initialized" }));
        editor
    }

    fn order(&mut self, order: Value) -> Value {
        writeln!(self.peer.input(), "{order}").unwrap();
        let mut line = String::new();
        self.peer.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{order}: {line}"))
    }

    fn uri(&self, name: &str) -> String {
        format!("{}/{name}", self.root)
    }

    /// Opens a text; what is told of it.
    fn open(&mut self, name: &str, text: &str) -> Vec<Value> {
        self.versions += 1;
        let (uri, version) = (self.uri(name), self.versions);
        self.order(json!({ "do": "open", "uri": uri, "text": text, "version": version }));
        self.told(name, Some(version))
    }

    /// Replaces a part of a text, or all of it; what is told of it then.
    fn change(&mut self, name: &str, range: Value, text: &str) -> Vec<Value> {
        self.versions += 1;
        let (uri, version) = (self.uri(name), self.versions);
        let mut order = json!({ "do": "change", "uri": uri, "version": version, "text": text });
        order["range"] = range;
        self.order(order);
        self.told(name, Some(version))
    }

    fn told(&mut self, name: &str, version: Option<i64>) -> Vec<Value> {
        let uri = self.uri(name);
        let told = self.order(json!({ "do": "diagnostics", "uri": uri, "version": version }));
        told.as_array().unwrap_or_else(|| panic!("{told}")).clone()
    }

    /// Waits until this is told of a file that is not open: it has no version to wait for,
    /// and is told of after the one that was changed.
    fn soon(&mut self, name: &str, wanted: &[&str]) {
        let give_up = Instant::now() + Duration::from_secs(20);
        loop {
            let told = self.told(name, None);
            if codes(&told) == wanted {
                return;
            }
            assert!(Instant::now() < give_up, "{name}: {told:?}, not {wanted:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks about the place behind the first `behind` in `text`.
    fn ask(&mut self, what: &str, name: &str, text: &str, behind: &str) -> Value {
        let mut order = place(text, behind);
        order["do"] = what.into();
        order["uri"] = self.uri(name).into();
        self.order(order)
    }

    /// What is offered there.
    fn offered(&mut self, name: &str, text: &str, behind: &str) -> Vec<String> {
        let list = self.ask("completion", name, text, behind);
        let items = list["items"].as_array().unwrap_or_else(|| panic!("{list}"));
        items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    }

    fn hover(&mut self, name: &str, text: &str, behind: &str) -> String {
        let told = self.ask("hover", name, text, behind);
        told["contents"]["value"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
    }
}

/// Line and UTF-16 column behind the first `behind` in `text`.
fn place(text: &str, behind: &str) -> Value {
    let at = text.find(behind).unwrap_or_else(|| panic!("no {behind}")) + behind.len();
    let line = text[..at].matches('\n').count();
    let column = text[..at].rsplit('\n').next().unwrap().encode_utf16().count();
    json!({ "line": line, "character": column })
}

fn codes(told: &[Value]) -> Vec<&str> {
    told.iter().map(|fault| fault["code"].as_str().unwrap()).collect()
}

const TEXT: &str = "language 1
building Schule

schedule Nutzung
  Mo-So   00:00-24:00

value Kühl = HK1.Raum < 19 °C until > 20 °C

rule \"Lüften\"
  when Nutzung and Kühl
    set HK1.Stufe to 3
  else
    set HK1.Stufe to 0

rule \"Über Nacht\"
  set HK1.Soll to 18 °C
";

fn folder() -> Folder {
    Folder::new(&modbus_site(1, ""), TEXT)
}

#[test]
fn mistakes_are_told_as_they_are_typed_and_taken_back() {
    let folder = folder();
    let mut editor = Editor::ready(folder.path(), &[]);
    assert_eq!(editor.open("rules/a.rules", TEXT), Vec::<Value>::new());
    // `20 °C` becomes `2 °X`: behind an umlaut and a degree sign.
    let told = editor.change("rules/a.rules", json!([[6, 42], [6, 43]]), "X");
    assert_eq!(codes(&told), ["unknown-unit"]);
    assert_eq!(told[0]["range"]["start"], json!({ "line": 6, "character": 41 }));
    assert_eq!(told[0]["range"]["end"], json!({ "line": 6, "character": 43 }));
    assert_eq!(told[0]["severity"], 1);
    assert_eq!(told[0]["source"], "hauswart");
    let message = told[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("the unit \"°X\" is not known\nhelp: did you mean °C"),
        "{message}"
    );
    // The help can be taken as it stands.
    let uri = editor.uri("rules/a.rules");
    let order = json!({ "do": "actions", "uri": uri, "line": 6, "character": 42 });
    let actions = editor.order(order);
    assert_eq!(actions[0]["title"], "write \"°C\"");
    assert_eq!(actions[0]["kind"], "quickfix");
    let edit = &actions[0]["edit"]["changes"][&uri][0];
    assert_eq!(edit["newText"], "°C");
    assert_eq!(edit["range"], told[0]["range"]);
    let range = json!([[6, 41], [6, 43]]);
    assert_eq!(editor.change("rules/a.rules", range, "°C"), Vec::<Value>::new());
}

#[test]
fn all_files_of_the_folder_are_checked_with_what_is_not_saved() {
    let folder = folder();
    let other = "language 1\nbuilding Schule\nrule \"Pumpe\"\n  when Kühl  set HK2.Stufe to 1\n";
    folder.write("rules/b.rules", other);
    let mut editor = Editor::ready(folder.path(), &[]);
    assert_eq!(editor.open("rules/a.rules", TEXT), Vec::<Value>::new());
    // A file that is not open loses the name that it uses, and has it back.
    let renamed = TEXT.replace("value Kühl", "value Kalt").replace("and Kühl", "and Kalt");
    assert_eq!(editor.change("rules/a.rules", Value::Null, &renamed), Vec::<Value>::new());
    editor.soon("rules/b.rules", &["unknown-name"]);
    editor.change("rules/a.rules", Value::Null, TEXT);
    editor.soon("rules/b.rules", &[]);
    // Two rules set one point: the first is named too.
    let both = "language 1\nbuilding Schule\nrule \"X\"\n  set HK1.Soll to 17 °C\n";
    let told = editor.open("rules/b.rules", both);
    assert_eq!(codes(&told), ["set-by-two"]);
    let related = &told[0]["relatedInformation"][0]["location"];
    assert_eq!(related["uri"], editor.uri("rules/a.rules"));
    assert_eq!(related["range"]["start"], json!({ "line": 15, "character": 6 }));
    // The site file's faults are told of the site file.
    folder.write("site.toml", &modbus_site(1, "gracce = \"1 s\""));
    editor.change("rules/b.rules", Value::Null, other);
    let told = editor.told("site.toml", None);
    assert_eq!(codes(&told), ["unknown-key"], "{told:?}");
    // Names stay known meanwhile.
    assert_eq!(editor.told("rules/a.rules", None), Vec::<Value>::new());
}

#[test]
fn what_fits_is_offered() {
    let folder = folder();
    let mut editor = Editor::ready(folder.path(), &[]);
    editor.open("rules/a.rules", TEXT);
    let mut offered = |end: &str| {
        let text = format!("{TEXT}rule \"Ä\"\n  {end}");
        editor.change("rules/a.rules", Value::Null, &text);
        editor.offered("rules/a.rules", &text, &format!("\"Ä\"\n  {end}"))
    };
    let states = offered("when Nutzung is ");
    assert_eq!(states[..2], ["off", "on"], "{states:?}");
    assert!(states.contains(&"not".to_owned()) && states.contains(&"bad".to_owned()));
    let points = offered("set HK1.");
    assert_eq!(points, ["HK1.Soll", "HK1.Stufe"], "only what can be set");
    assert!(offered("when HK").contains(&"HK1.Raum".to_owned()));
    assert!(offered("when ").contains(&"Kühl".to_owned()));
    assert_eq!(offered("when Kü"), ["Kühl"]);
    assert_eq!(offered("when HK1.Raum > 20 ")[..1], ["°C"]);
    assert_eq!(offered("when HK1.Raum > 20 m")[..1], ["m"]);
    assert!(offered("when HK1.Raum > 20 °C ").contains(&"until".to_owned()));
    assert_eq!(offered("level s"), ["safety"]);
    assert!(offered("").contains(&"on fault".to_owned()));
    assert!(offered("# when ").is_empty());
    let calendar = offered("\ncalendar F\n  public holidays Rhein");
    assert!(calendar.contains(&"Rheinland-Pfalz".to_owned()), "{calendar:?}");
    assert!(offered("\nschedule S\n  M").contains(&"Mo".to_owned()));
    let text = format!("{TEXT}rule \"Ä\"\n  when Kühl and HK1.R");
    editor.change("rules/a.rules", Value::Null, &text);
    let list = editor.ask("completion", "rules/a.rules", &text, "Kühl and HK1.R");
    let edit = &list["items"][0]["textEdit"];
    assert_eq!(edit["newText"], "HK1.Raum");
    let place = |column| json!({ "line": 17, "character": column });
    assert_eq!(edit["range"], json!({ "start": place(16), "end": place(21) }));
}

#[test]
fn words_are_explained() {
    let folder = folder();
    let mut editor = Editor::ready(folder.path(), &["--lang", "de"]);
    editor.open("rules/a.rules", TEXT);
    let point = editor.hover("rules/a.rules", TEXT, "set HK1.So");
    assert!(point.starts_with("**Schule.HK1.Soll**"), "{point}");
    assert!(point.contains("°C · room-setpoint"), "{point}");
    assert!(point.contains("stellbar: 5 °C … 30 °C"), "{point}");
    assert!(point.contains("Gerät HK1"), "{point}");
    assert!(!point.contains("jetzt"), "no daemon runs: {point}");
    let value = editor.hover("rules/a.rules", TEXT, "and Kü");
    assert!(value.contains("value Kühl = HK1.Raum < 19 °C until > 20 °C"), "{value}");
    assert!(value.ends_with("off, on"), "{value}");
    let schedule = editor.hover("rules/a.rules", TEXT, "when Nutz");
    assert!(schedule.contains("jetzt: **ein**"), "{schedule}");
    let keyword = editor.hover("rules/a.rules", TEXT, "°C unt");
    assert!(keyword.starts_with("**until**\n\nWahr vom ersten"), "{keyword}");
    let nothing = editor.ask("hover", "rules/a.rules", TEXT, "building Schule\n");
    assert_eq!(nothing, Value::Null);
}

#[test]
fn the_present_value_comes_from_the_running_daemon() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("a reading and a command", |status| {
        super::daemon::point(status, "Schule.HK1.Raum")["value"] == 18.5
            && super::daemon::point(status, "Schule.HK1.Stufe")["command"]["confirmed"] == true
    });
    let mut editor = Editor::ready(folder.path(), &[]);
    editor.open("rules/a.rules", RULES);
    let room = editor.hover("rules/a.rules", RULES, "when HK1.Ra");
    assert!(room.contains("now: **18.5 °C** ("), "{room}");
    assert!(room.contains(" s ago)"), "{room}");
    let stage = editor.hover("rules/a.rules", RULES, "set HK1.St");
    assert!(stage.contains("commanded to 3 Schule.Stufe"), "{stage}");
}

#[test]
fn names_lead_to_where_they_are_defined_and_used() {
    let folder = folder();
    let other = "language 1\nrule \"P\"\n  when Schule.Kühl  set Schule.HK2.Stufe to 1\n";
    folder.write("rules/b.rules", other);
    let mut editor = Editor::ready(folder.path(), &[]);
    editor.open("rules/a.rules", TEXT);
    let value = editor.ask("definition", "rules/a.rules", TEXT, "and Kü");
    assert_eq!(value["uri"], editor.uri("rules/a.rules"));
    assert_eq!(value["range"]["start"], json!({ "line": 6, "character": 6 }));
    let point = editor.ask("definition", "rules/a.rules", TEXT, "set HK1.So");
    assert_eq!(point["uri"], editor.uri("site.toml"));
    let site = modbus_site(1, "");
    let line = point["range"]["start"]["line"].as_u64().unwrap();
    let line = site.lines().nth(usize::try_from(line).unwrap()).unwrap();
    assert_eq!(line, "[device.point.Soll]");
    let places = editor.ask("references", "rules/a.rules", TEXT, "and Kü");
    assert_eq!(places.as_array().unwrap().len(), 3, "{places}");
    let mut rename = place(TEXT, "and Kü");
    rename["do"] = "rename".into();
    rename["uri"] = editor.uri("rules/a.rules").into();
    rename["name"] = "Kalt".into();
    let changes = editor.order(rename.clone())["changes"].clone();
    let here = editor.uri("rules/b.rules");
    assert_eq!(changes[&here][0]["newText"], "Kalt");
    let span = |from, to| {
        let at = |column| json!({ "line": 2, "character": column });
        json!({ "start": at(from), "end": at(to) })
    };
    assert_eq!(changes[&here][0]["range"], span(14, 18), "without the building");
    assert_eq!(changes[&editor.uri("rules/a.rules")].as_array().unwrap().len(), 2);
    rename["name"] = "until".into();
    assert!(editor.order(rename)["error"].as_str().unwrap().contains("is no name"));
    let symbols = editor.order(json!({ "do": "symbols", "uri": editor.uri("rules/a.rules") }));
    let names: Vec<&str> =
        symbols.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Nutzung", "Kühl", "Lüften", "Über Nacht"]);
}

#[test]
fn without_a_site_syntax_is_checked_and_the_locale_speaks() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::start(folder.path(), &[]);
    let hello = editor.order(json!({ "do": "initialize", "root": null, "locale": "en-GB" }));
    assert_eq!(hello["serverInfo"]["name"], "hauswart");
    editor.order(json!({ "do": "initialized" }));
    let told = editor.open("x.rules", "language 1\nvalue A = Irgend.Was > 20,5 °C\n");
    assert_eq!(codes(&told), ["decimal-comma"]);
    assert!(told[0]["message"].as_str().unwrap().starts_with("the decimal sign"));
    // A text that was never saved.
    let uri = "untitled:Untitled-1";
    editor.order(json!({ "do": "open", "uri": uri, "text": "value", "version": 7 }));
    let told = editor.order(json!({ "do": "diagnostics", "uri": uri, "version": 7 }));
    assert_eq!(told[0]["code"], "no-language");
}

#[test]
fn the_site_may_be_named() {
    let folder = folder();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut editor = Editor::start(elsewhere.path(), &[]);
    let options = json!({ "site": folder.site() });
    let order = json!({ "do": "initialize", "root": editor.root, "options": options });
    editor.order(order);
    editor.order(json!({ "do": "initialized" }));
    let text = "language 1\nbuilding Schule\nrule \"R\"\n  set HK1.Sol to 20 °C\n";
    let told = editor.open("x.rules", text);
    assert_eq!(codes(&told), ["unknown-name"], "{told:?}");
    let at = |line, column| json!({ "line": line, "character": column });
    assert_eq!(told[0]["range"]["start"], at(3, 6));
}

#[test]
fn it_ends_as_the_protocol_says() {
    let folder = folder();
    let mut editor = Editor::ready(folder.path(), &[]);
    editor.open("rules/a.rules", TEXT);
    assert_eq!(editor.order(json!({ "do": "shutdown" })), Value::Null);
    let late = editor.order(json!({ "do": "symbols", "uri": editor.uri("rules/a.rules") }));
    assert!(late["error"].as_str().unwrap().contains("shut down"), "{late}");
    assert_eq!(editor.order(json!({ "do": "exit" })), 0);
    let mut rude = Editor::ready(folder.path(), &[]);
    assert_eq!(rude.order(json!({ "do": "exit" })), 1);
}

#[test]
fn nonsense_is_answered() {
    let folder = folder();
    let mut editor = Editor::ready(folder.path(), &[]);
    let soup = "rule \"\u{1f525} when ((( \u{0} 20,5 ° „x\r\nvalue = 𝄞\n\n) until";
    editor.open("rules/a.rules", soup);
    let uri = editor.uri("rules/a.rules");
    let end = u32::MAX >> 1;
    for (line, character) in [(0, 0), (0, 9), (1, 3), (3, 99), (end, end)] {
        for what in ["completion", "hover", "definition", "references", "prepare_rename"] {
            let order = json!({ "do": what, "uri": uri, "line": line, "character": character });
            let answer = editor.order(order);
            assert!(answer.get("error").is_none(), "{what}: {answer}");
        }
    }
    let unknown = editor.order(json!({ "do": "request", "method": "made/up" }));
    assert!(unknown["error"].as_str().unwrap().contains("made/up"), "{unknown}");
    let gone = json!({ "do": "hover", "uri": "file:///nowhere", "line": 0, "character": 0 });
    assert_eq!(editor.order(gone), Value::Null);
    let range = json!([[9, 9], [1, 1]]);
    editor.change("rules/a.rules", range, "x");
    assert_eq!(editor.change("rules/a.rules", Value::Null, TEXT), Vec::<Value>::new());
}

/// The program with what is written to it, as it stands; its answers and its
/// exit code.
fn raw(messages: &[&str]) -> (String, Option<i32>) {
    let mut server = Command::new(PROGRAM)
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = server.stdin.take().unwrap();
    for message in messages {
        write!(input, "Content-Length: {}\r\n\r\n{message}", message.len()).unwrap();
    }
    drop(input);
    let output = server.wait_with_output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn a_broken_message_ends_it_and_a_wrong_one_is_refused() {
    const HELLO: &str =
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#;
    let (_, code) = raw(&[HELLO, "{"]);
    assert_eq!(code, Some(2));
    let (answers, code) = raw(&[]);
    assert_eq!((answers.as_str(), code), ("", Some(1)));
    let wrong =
        r#"{"jsonrpc":"2.0","id":2,"method":"textDocument/hover","params":{"position":"here"}}"#;
    let opened = r#"{"jsonrpc":"2.0","method":"textDocument/didOpen","params":[]}"#;
    let end = r#"{"jsonrpc":"2.0","id":3,"method":"shutdown"}"#;
    let exit = r#"{"jsonrpc":"2.0","method":"exit"}"#;
    let (answers, code) = raw(&[HELLO, opened, wrong, end, exit]);
    assert_eq!(code, Some(0));
    assert!(answers.contains(r#""id":2,"error":{"code":-32602"#), "{answers}");
}
