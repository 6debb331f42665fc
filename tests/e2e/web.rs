//! Figures pulled over TCP: the real daemon, TLS with a certificate that openssl made,
//! curl as the other program, tokens made and revoked while it runs.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::daemon::{Daemon, Folder, PROGRAM, point, text};
use super::modbus_peer::ModbusPeer;
use super::peers::{free_tcp_port, interpreter};
use super::sites::{RULES, modbus_image, modbus_site};

/// A meter on the room temperature's controller, and where figures are pulled.
const METER: &str = r#"
[[device]]
name = "Zaehler"
connection = "line"
unit = 3
poll = "1 s"
[device.point.Stand]
role = "energy"
register = "holding 20"
type = "u16"
unit = "kWh"
[device.point.Pumpe]
role = "pump"
register = "holding 21"
type = "u16"
states = ["off", "on"]
[[meter]]
name = "Strom"
point = "Zaehler.Stand"
carrier = "electricity"
"#;

/// A certificate for this machine, beside the site file.
fn certify(folder: &Folder) {
    let made = Command::new("openssl")
        .current_dir(folder.path())
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=hauswart", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-keyout", "api.key", "-out", "api.pem"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
}

/// What curl got.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: String,
    body: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| {
            let (it, value) = line.split_once(':')?;
            it.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The sentence of a refusal.
    fn error(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        self.json()["error"].as_str().unwrap().to_owned()
    }
}

/// A site with the API, and the device behind it.
struct Town {
    folder: Folder,
    port: u16,
    _peer: ModbusPeer,
}

impl Town {
    fn new(rate: u32) -> Self {
        let mut image = modbus_image();
        image["3"] = json!({ "h": { "20": [100, 1] } });
        let peer = ModbusPeer::start(image);
        let port = free_tcp_port();
        let web = format!(
            "[web]\nlisten = \"127.0.0.1:{port}\"\ncertificate = \"api.pem\"\nkey = \"api.key\"\nrate = {rate}\n"
        );
        let site = format!("{}{METER}{web}", modbus_site(peer.port, ""));
        let folder = Folder::new(&site, RULES);
        certify(&folder);
        Self { folder, port, _peer: peer }
    }

    fn token(&self, name: &str, more: &[&str]) -> String {
        let created = self.folder.hauswart(&[&["token", "create", name], more].concat());
        assert!(created.status.success(), "{}", text(&created.stderr));
        text(&created.stdout).trim().to_owned()
    }

    fn curl(&self, path: &str, more: &[&str]) -> Got {
        let output = Command::new("curl")
            .args(["-sS", "-i", "--max-time", "60", "--cacert"])
            .arg(self.folder.path().join("api.pem"))
            .args(more)
            .arg(format!("https://127.0.0.1:{}{path}", self.port))
            .output()
            .expect("curl is missing: run tests/run");
        let said = text(&output.stdout);
        let (headers, body) = said.split_once("\r\n\r\n").unwrap_or_else(|| {
            panic!("{path}: {said}{}\n{}", text(&output.stderr), self.folder.log())
        });
        let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
        Got { status, headers: headers.to_owned(), body: body.to_owned() }
    }

    fn get(&self, token: &str, path: &str) -> Got {
        self.curl(path, &["-H", &format!("Authorization: Bearer {token}")])
    }

    /// Waits until the meter and a room have been read.
    fn is_read(daemon: &mut Daemon<'_>) {
        daemon.wait_for("readings", |status| {
            ["Schule.Zaehler.Stand", "Schule.HK1.Raum"]
                .iter()
                .all(|name| point(status, name)["quality"] == "good")
        });
    }
}

const CATALOGUE: &str = "/api/v1/catalogue";

#[test]
fn nothing_is_told_without_a_token_and_tokens_come_and_go_while_it_runs() {
    let town = Town::new(1000);
    let daemon = town.folder.run(&[]);
    let unknown = format!("hauswart_office_{}", "0".repeat(64));
    let without = |path: &str| town.curl(path, &[]);
    let refused = without(CATALOGUE);
    assert_eq!(refused.status, 401, "{refused:?}");
    assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer"));
    assert!(refused.error().contains("hauswart token create"));
    // Whether there is a route or not: the same answer.
    for path in ["/", "/api/v1/status", "/api/v1/none", "/api/v1/openapi.json"] {
        let other = without(path);
        assert_eq!((other.status, &other.body), (401, &refused.body), "{path}");
        assert_eq!(town.get(&unknown, path).status, 401, "{path}");
    }
    let basic = town.curl(CATALOGUE, &["-u", "office:secret"]);
    let post = town.curl(CATALOGUE, &["-X", "POST"]);
    assert_eq!((basic.status, post.status), (401, 401));

    let token = town.token("office", &["--scope", "report"]);
    let catalogue = town.get(&token, CATALOGUE);
    assert_eq!(catalogue.status, 200, "{catalogue:?}");
    let shown = catalogue.json();
    assert_eq!(shown["buildings"][0]["usage"], "school");
    assert_eq!(shown["meters"][0]["point"], "Schule.Zaehler.Stand");
    let points = shown["points"].as_array().unwrap();
    assert_eq!(points.len(), 8);
    assert!(points.iter().any(|it| it["name"] == "Schule.HK1.Raum" && it["unit"] == "°C"));
    let listed = town.folder.hauswart(&["token", "list", "--format", "json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["scope"]), (&json!("office"), &json!("report")));
    assert!(listed[0]["last_used"].is_string(), "{listed}");

    nothing_writes(&town, &token);
    is_sent_once(&town, &token, catalogue.header("etag").unwrap());

    let revoked = town.folder.hauswart(&["token", "revoke", "office"]);
    assert!(revoked.status.success());
    assert_eq!(town.get(&token, CATALOGUE).status, 401, "at once");
    let again = town.folder.hauswart(&["token", "revoke", "office"]);
    assert_eq!(again.status.code(), Some(1), "{}", text(&again.stderr));
    assert_eq!(daemon.terminate().code(), Some(0));
    let log = town.folder.log();
    assert!(!log.contains(token.rsplit_once('_').unwrap().1), "no token in the journal");
    assert_eq!(log.matches(" refused (401").count(), 1, "once a minute:\n{log}");
}

fn nothing_writes(town: &Town, token: &str) {
    let bearer = format!("Authorization: Bearer {token}");
    for (method, path, status) in [
        ("POST", CATALOGUE, 405),
        ("DELETE", "/api/v1/history/samples", 405),
        ("POST", "/api/v1/overrides", 404),
        ("POST", "/api/v1/reload", 404),
        ("GET", "/api/v1/status", 404),
        ("GET", "/api/v1/store", 404),
        ("PUT", "/api/v1/meters/Strom", 405),
    ] {
        let got = town.curl(path, &["-H", &bearer, "-X", method]);
        assert_eq!(got.status, status, "{method} {path}");
        assert!(!got.error().is_empty());
        assert_eq!(got.header("allow").is_some(), status == 405, "{method} {path}");
    }
    let body = town.curl(CATALOGUE, &["-H", &bearer, "-X", "GET", "-d", "x"]);
    assert_eq!(body.status, 413);
    let long = format!("{CATALOGUE}?a={}", "a".repeat(5000));
    assert_eq!(town.get(token, &long).status, 414);
    let form = town.curl(CATALOGUE, &["-H", &bearer, "-H", "Accept: text/html"]);
    assert_eq!(form.status, 406);
    let german = town.curl("/api/v1/none", &["-H", &bearer, "-H", "Accept-Language: de-DE"]);
    assert!(german.error().contains("beschreibt"), "{german:?}");
    assert!(town.get(token, "/api/v1/none").error().contains("tells what there is"));
    let meter = town.get(token, "/api/v1/meters/Strm");
    assert!(meter.status == 404 && meter.error().contains("\"Strom\"?"), "{meter:?}");
}

fn is_sent_once(town: &Town, token: &str, tag: &str) {
    let bearer = format!("Authorization: Bearer {token}");
    let known = format!("If-None-Match: {tag}");
    let again = town.curl(CATALOGUE, &["-H", &bearer, "-H", &known]);
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(again.header("etag"), Some(tag));
    let other = town.curl(CATALOGUE, &["-H", &bearer, "-H", "If-None-Match: \"x\""]);
    assert_eq!(other.status, 200);
}

#[test]
fn tokens_end_and_go_into_a_backup() {
    let town = Town::new(1000);
    let never = town.folder.hauswart(&["token", "create", "a", "--until", "2001-01-01"]);
    assert_eq!(never.status.code(), Some(2), "{}", text(&never.stderr));
    let umlaut = town.folder.hauswart(&["token", "create", "Klimabüro"]);
    assert_eq!(umlaut.status.code(), Some(1), "{}", text(&umlaut.stderr));
    // No daemon runs yet.
    let token = town.token("office", &["--until", "2099-12-31"]);
    let list = text(&town.folder.hauswart(&["token", "list"]).stdout);
    assert!(list.contains("31.12.2099") && list.contains("never"), "{list}");
    let path = town.folder.path().join("town.tar");
    let path = path.to_str().unwrap();
    assert!(town.folder.hauswart(&["backup", path]).status.success());
    let new = town.folder.path().join("new");
    let restored = Command::new(PROGRAM).args(["restore", path, "--to"]).arg(&new).output();
    assert!(restored.unwrap().status.success());
    let file = find(&new, "office.json").expect("the token is in the backup");
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let _daemon = town.folder.run(&[]);
    assert_eq!(town.get(&token, CATALOGUE).status, 200);
    // Its last day is over.
    let file = find(town.folder.path(), "office.json").unwrap();
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("2099-12-31T23:00:00Z"), "the end of a local day: {kept}");
    std::fs::write(&file, kept.replace("2099-12-31", "2020-12-31")).unwrap();
    assert_eq!(town.get(&token, CATALOGUE).status, 401);
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries = folder.read_dir().ok()?.flatten();
    let mut paths = entries.map(|entry| entry.path()).filter(|path| !path.ends_with("new"));
    paths.find_map(|path| match path.is_dir() {
        true => find(&path, name),
        false => path.ends_with(name).then_some(path),
    })
}

/// All rows of all pages.
fn pages(town: &Town, token: &str, path: &str) -> (Vec<Value>, usize) {
    let (mut rows, mut count) = (Vec::new(), 0);
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let got = town.get(token, &path);
        assert_eq!(got.status, 200, "{path}: {got:?}");
        let page = got.json();
        assert_eq!(page["faults"], json!([]), "{page}");
        rows.extend(page["rows"].as_array().unwrap().iter().cloned());
        next = page["next"].as_str().map(str::to_owned);
        let link = next.as_ref().map(|next| format!("<{next}>; rel=\"next\""));
        assert_eq!(got.header("link").map(str::to_owned), link);
        count += 1;
        assert!(count < 1000, "it goes on for ever");
    }
    (rows, count)
}

#[test]
fn the_history_comes_page_by_page_as_the_program_itself_tells_it() {
    let town = Town::new(100_000);
    let token = town.token("office", &["--scope", "read"]);
    // Ten minutes a second, into the second day and over the spring clock change.
    let mut daemon = town.folder.run(&["--speed", "3600", "--start", "2026-03-28 22:30"]);
    let late = |status: &Value| status["now"].as_str().unwrap() > "2026-03-29T03:10";
    daemon.wait_for("the next day", late);
    let period = "from=2026-03-28T21:00:00Z&to=2026-03-29T03:00:00Z";
    let names = "point=HK1.Raum&point=Zaehler.Stand&point=Zaehler.Pumpe";
    let samples = format!("/api/v1/history/samples?{names}&{period}");
    let (whole, _) = pages(&town, &token, &samples);
    let (parts, count) = pages(&town, &token, &format!("{samples}&limit=7"));
    assert_eq!(whole, parts);
    assert!(count > 3 && whole.len() > 15, "{count} {whole:#?}");
    let pump = whole.iter().find(|row| row["point"] == "Schule.Zaehler.Pumpe").unwrap();
    assert_eq!((&pump["value"], &pump["state"]), (&json!(1.0), &json!("on")));
    let quarters = format!("/api/v1/history/quarter-hours?{names}&{period}");
    let (whole_quarters, _) = pages(&town, &token, &quarters);
    let (parts, _) = pages(&town, &token, &format!("{quarters}&limit=5"));
    assert_eq!(whole_quarters, parts);
    let csv = town.curl(
        &format!("{samples}&limit=10000"),
        &["-H", &format!("Authorization: Bearer {token}"), "-H", "Accept: text/csv"],
    );
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(csv.body.lines().count(), whole.len() + 1, "{}", csv.body);

    let meter = "/api/v1/meters/Schule.Strom?from=2026-03-29&to=2026-03-30&by=hour";
    let meter = town.get(&token, meter).json();
    assert_eq!(meter["parts"].as_array().unwrap().len(), 23, "the day of 23 hours: {meter}");
    assert_eq!(meter["unit"], "kWh");

    // As the program's own commands tell it, now that it has ended.
    assert_eq!(daemon.terminate().code(), Some(0));
    let own = |arguments: &[&str]| text(&town.folder.hauswart(arguments).stdout);
    let period = ["--from", "2026-03-28T21:00:00Z", "--to", "2026-03-29T03:00:00Z"];
    let names = ["HK1.Raum", "Zaehler.Stand", "Zaehler.Pumpe"];
    let exported = own(&[&["export"], &names[..], &period[..]].concat());
    assert_eq!(exported.lines().count(), whole.len() + 1, "{exported}");
    let exported = own(&[&["export", "--quarter-hours"], &names[..], &period[..]].concat());
    let known = whole_quarters.iter().filter(|row| row["coverage"] != json!(0.0));
    assert_eq!(exported.lines().count(), known.count() + 1, "{exported}");
}

const REPORT: &str = "/api/v1/reports/energy";

#[test]
fn the_report_is_pulled_in_each_form_by_a_token_of_its_scope() {
    let town = Town::new(1000);
    let token = town.token("office", &["--scope", "report"]);
    let reader = town.token("reader", &["--scope", "read"]);
    let mut daemon = town.folder.run(&["--speed", "3600", "--start", "2026-03-28 22:30"]);
    let late = |status: &Value| status["now"].as_str().unwrap() > "2026-03-29T02:10";
    daemon.wait_for("the next day", late);
    let refused = town.get(&reader, REPORT);
    assert_eq!(refused.status, 403, "{refused:?}");
    assert!(refused.error().contains("--scope report"), "{refused:?}");
    for (form, media, begins) in [
        ("json", "application/json", "{"),
        ("csv", "text/csv; charset=utf-8", ""),
        ("html", "text/html; charset=utf-8", "<!"),
        ("pdf", "application/pdf", "%PDF"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK"),
    ] {
        let path = format!("{REPORT}?period=2026&building=Schule&lang=de&format={form}");
        let got = town.get(&token, &path);
        assert_eq!((got.status, got.header("content-type")), (200, Some(media)), "{got:?}");
        assert!(got.body.starts_with(begins), "{form}");
        // The figures are the same: so is the tag.
        let known = format!("If-None-Match: {}", got.header("etag").unwrap());
        let bearer = format!("Authorization: Bearer {token}");
        let again = town.curl(&path, &["-H", &bearer, "-H", &known]);
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{form}");
    }
    for (query, status, word) in [
        ("period=neulich", 400, "2025-10-01..2026-04-30"),
        ("period=2027", 400, "has not begun"),
        ("format=docx", 400, "xlsx"),
        ("lang=fr", 400, "de or en"),
        ("building=Schloss&period=2026", 404, "Schule"),
    ] {
        let got = town.get(&token, &format!("{REPORT}?{query}"));
        assert_eq!(got.status, status, "{query}");
        assert!(got.error().contains(word), "{query}: {got:?}");
    }
    let status = daemon.status().unwrap();
    assert!(status["alarms"].as_array().unwrap().is_empty(), "{status:#}");
}

#[test]
fn what_is_asked_wrongly_is_told_how() {
    let town = Town::new(5);
    let token = town.token("office", &[]);
    let other = town.token("other", &[]);
    let mut daemon = town.folder.run(&[]);
    Town::is_read(&mut daemon);
    for (path, word) in [
        ("/api/v1/history/samples", "point=…"),
        ("/api/v1/history/samples?point=HK1.Raum&von=2026-01-01", "known: point, from"),
        ("/api/v1/history/samples?point=HK1.Raum&from=gestern", "2026-01-12"),
        ("/api/v1/meters/Strom?by=week", "quarter-hour"),
        ("/api/v1/history/samples?point=HK1.Raum&cursor=9.9", "next"),
    ] {
        let got = town.get(&token, path);
        assert_eq!(got.status, 400, "{path}");
        assert!(got.error().contains(word), "{path}: {got:?}");
    }
    let sixth = town.get(&token, CATALOGUE);
    assert_eq!(sixth.status, 429, "five a minute: {sixth:?}");
    let wait: u64 = sixth.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
    let unknown = town.get(&other, "/api/v1/history/samples?point=HK1.Rauum");
    assert_eq!(unknown.status, 404, "the other has its own minute: {unknown:?}");
}

#[test]
fn slow_clients_and_scanners_take_nothing_from_the_building() {
    let town = Town::new(1000);
    let token = town.token("office", &[]);
    let mut daemon = town.folder.run(&[]);
    Town::is_read(&mut daemon);
    // As many as there is room for: half of a handshake, or none.
    let idle: Vec<TcpStream> =
        (0..64).map(|_| TcpStream::connect(("127.0.0.1", town.port)).unwrap()).collect();
    let cycles = |daemon: &Daemon<'_>| daemon.status().unwrap()["cycles"].as_u64().unwrap();
    let (before, begin) = (cycles(&daemon), Instant::now());
    let got = town.get(&token, CATALOGUE);
    assert_eq!(got.status, 200, "they are shown out");
    let waited = begin.elapsed();
    assert!(waited < Duration::from_secs(30), "{waited:?}");
    let ran = cycles(&daemon) - before;
    assert!(ran + 2 >= waited.as_secs(), "{ran} cycles in {waited:?}");
    drop(idle);
    // Within TLS, a header that does not end.
    let slow = Command::new("openssl")
        .args(["s_client", "-quiet", "-connect", &format!("127.0.0.1:{}", town.port)])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    let mut slow = slow.unwrap();
    let mut input = slow.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"GET / HTTP/1.1\r\nHost: a\r\n").unwrap();
    let give_up = Instant::now() + Duration::from_secs(40);
    while slow.try_wait().unwrap().is_none() {
        assert!(Instant::now() < give_up, "the connection is still there");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_port_that_is_taken_is_an_alarm_and_opened_later() {
    let town = Town::new(1000);
    let taken = TcpListener::bind(("127.0.0.1", town.port)).unwrap();
    let mut daemon = town.folder.run(&[]);
    Town::is_read(&mut daemon);
    let status = daemon.wait_for("the alarm", |status| {
        let alarms = status["alarms"].as_array().unwrap();
        alarms.iter().any(|alarm| alarm["text"].as_str().unwrap().contains("HTTP API"))
    });
    let why = status["web"]["why_not"].as_str().unwrap();
    assert!(why.contains("another program has the port"), "{why}");
    let doctor = text(&town.folder.hauswart(&["doctor"]).stdout);
    assert!(doctor.contains(&format!("does not listen on 127.0.0.1:{}", town.port)), "{doctor}");
    drop(taken);
    let status = daemon.wait_for("the port", |status| status["web"]["why_not"].is_null());
    assert!(status["alarms"].as_array().unwrap().is_empty(), "{status:#}");
    let shown = text(&town.folder.hauswart(&["status"]).stdout);
    assert!(shown.contains(&format!("https://127.0.0.1:{}/api/v1/", town.port)), "{shown}");
    assert_eq!(town.curl(CATALOGUE, &[]).status, 401);
}

#[test]
fn a_foreign_fuzzer_finds_no_fault_and_nothing_undocumented() {
    let town = Town::new(100_000);
    let token = town.token("fuzzer", &["--scope", "report"]);
    let mut daemon = town.folder.run(&["--speed", "3600", "--start", "2026-03-28 22:30"]);
    let late = |status: &Value| status["now"].as_str().unwrap() > "2026-03-29T01:10";
    daemon.wait_for("some history", late);
    let printed = Command::new(PROGRAM).arg("openapi").output().unwrap();
    let document: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(town.get(&token, "/api/v1/openapi.json").json(), document);
    town.folder.write("openapi.json", &known_names(document).to_string());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/schemathesis.toml");
    let fuzzer = Command::new(interpreter())
        .current_dir(town.folder.path())
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(script)
        .args(["run", "openapi.json", "--url", &format!("https://127.0.0.1:{}", town.port)])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--tls-verify", "api.pem", "--no-color"])
        .output()
        .unwrap();
    let said = text(&fuzzer.stdout);
    assert!(fuzzer.status.success(), "{said}\n{}", text(&fuzzer.stderr));
    assert!(!said.contains("Missing test data"), "{said}");
    let status = daemon.status().unwrap();
    assert!(status["alarms"].as_array().unwrap().is_empty(), "{status:#}");
}

/// With names and times that exist, so that the fuzzer comes to something, also from
/// where it makes them wrong; and no field that is not described.
fn known_names(mut document: Value) -> Value {
    let points = json!(["HK1.Raum", "Schule.Zaehler.Stand", "Zaehler.Pumpe"]);
    let shared = &mut document["components"]["parameters"];
    shared["point"]["schema"]["items"] = json!({ "enum": points });
    shared["cursor"]["schema"]["pattern"] = json!("^0[.]17747[3-4][0-9]{7}$");
    document["components"]["schemas"]["Moment"]["pattern"] =
        json!("^2026-03-(2[89]|3[01])(T0[0-9]:[0-5][0-9]:[0-5][0-9]Z)?$");
    let meter = &mut document["paths"]["/api/v1/meters/{name}"]["get"]["parameters"][0];
    meter["schema"] = json!({ "enum": ["Strom", "Schule.Strom"] });
    let report = &mut document["paths"][REPORT]["get"]["parameters"];
    report[0]["schema"]["pattern"] = json!("^2026(-03)?$");
    report[2]["schema"]["items"] = json!({ "enum": ["Schule"] });
    for (_, schema) in document["components"]["schemas"].as_object_mut().unwrap() {
        if schema["type"] == "object" {
            schema["additionalProperties"] = json!(false);
        }
    }
    document
}
