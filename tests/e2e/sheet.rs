//! `hauswart emergency-sheet`: the lines on it are typed as they stand, with
//! the tools that they name, and clear what hauswart would have left.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::bacnet::site_at;
use super::bacnet_peer::BacnetPeer;
use super::daemon::{Folder, PROGRAM, text};
use super::modbus_peer::ModbusPeer;
use super::peers::{free_udp_port, interpreter};
use super::sites::modbus_site;

fn sheets(folder: &Folder) -> Value {
    let output = folder.hauswart(&["emergency-sheet", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The lines for a tool, of one point.
fn lines(sheet: &Value, point: &str, tool: &str) -> Vec<String> {
    let points = sheet["points"].as_array().unwrap();
    let point = points.iter().find(|it| it["point"] == point).unwrap();
    let lines = point["lines"].as_array().unwrap().iter();
    let lines = lines.filter(|line| line["tool"] == tool);
    lines.map(|line| line["line"].as_str().unwrap().to_owned()).collect()
}

fn typed(line: &str) {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    assert!(output.status.success(), "{line}: {}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn what_is_typed_for_modbus_hands_back_and_sets_back() {
    let unit = json!({ "h": { "0": [185], "10": [190, 3] }, "c": { "88": [0] } });
    let mut peer = ModbusPeer::start(json!({ "1": unit, "2": unit }));
    let more = "
[device.point.Betriebsart]
register = \"holding 11\"
states = [\"auto\", \"standby\", \"night\", \"day\"]
commandable = true
release = { action = \"Ebene\", value = \"autonomous\" }

[device.point.Ebene]
register = \"coil 88\"
write = \"coil 88\"
states = [\"bus\", \"autonomous\"]
";
    let site = modbus_site(peer.port, "").replacen(
        "[device.point.Stufe]",
        &format!("{more}\n[device.point.Stufe]"),
        1,
    );
    // The other unit keeps its stage there.
    let site =
        site.replacen("register = \"holding 11\"\ntype", "register = \"holding 12\"\ntype", 1);
    let folder = Folder::new(&site, "language 1\n");
    let told = sheets(&folder);
    let sheet = &told["plants"][0];
    assert_eq!(sheet["device"], "Schule.HK1");

    typed(&lines(sheet, "Betriebsart", "mbpoll")[0]);
    assert_eq!(peer.get(1, "c", 88), 1, "handed back");
    typed(&lines(&told["plants"][1], "Stufe", "mbpoll")[0]);
    assert_eq!(peer.get(2, "h", 11), 1);
    let restored = &lines(sheet, "Soll", "mbpoll")[0];
    assert!(restored.ends_with(" VALUE"), "{restored}");
    let note = sheet["points"][0]["lines"][0]["note"].as_str().unwrap();
    assert!(note.contains("50 = 5 °C") && note.contains("300 = 30 °C"), "{note}");
    typed(&restored.replace("VALUE", "210"));
    assert_eq!(peer.get(1, "h", 10), 210);
}

#[test]
fn what_is_typed_for_bacnet_empties_our_slot_and_no_other() {
    let peer = BacnetPeer::start("127.41.0.31");
    let folder = Folder::new(&site_at(&peer.address, ""), "language 1\n");
    peer.write("17.5", 13);
    peer.write("23.0", 8);
    let told = sheets(&folder);
    let sheet = &told["plants"][0];
    let start = sheet["before"][1]["line"].as_str().unwrap();
    let [write] = lines(sheet, "Raum_Soll", "bacpypes3").try_into().unwrap();
    let own = format!("127.41.0.32/8:{}", free_udp_port());
    let arguments = start.replace("OWN/24", &own);
    let arguments = arguments.strip_prefix("python3 ").unwrap().split(' ');
    let mut shell = Command::new(interpreter())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(shell.stdin.take().unwrap(), "{write}").unwrap();
    let output = shell.wait_with_output().unwrap();
    let slots = peer.slots();
    assert!(slots[12].is_null(), "{write}: {slots:?} {}", text(&output.stdout));
    assert_eq!(slots[7].as_f64(), Some(23.0), "somebody else's");
    let stack = &lines(&told["plants"][0], "Raum_Soll", "bacnet-stack")[0];
    assert_eq!(stack, "bacwp 4001 2 1 85 13 -1 0 0");
}

#[test]
fn there_is_a_sheet_for_each_plant_on_paper_and_in_both_languages() {
    let site =
        include_str!("../../rules/demo/site.toml").replace("rules = \".\"", "rules = \"rules\"");
    let folder = Folder::new(&site, "language 1\n");
    let mut command = Command::new(PROGRAM);
    let german = command.args(["emergency-sheet", "--site"]).arg(folder.site()).output().unwrap();
    let german = text(&german.stdout);
    for words in [
        "Notfallblatt  Rathaus.Kessel",
        "mbpoll -m tcp -p 502 -a 1 -t 0 -0 -r 88 -1 127.0.0.1 1",
        "Schalter_RK1: standby, hand, day, night",
        "fällt nach 10 min von selbst zurück",
        "Raum_Soll nie unter 6 °C",
    ] {
        assert!(german.contains(words), "{words}: {german}");
    }
    assert_eq!(german.matches('\u{c}').count(), 3, "four plants are commanded");
    let html = text(&folder.hauswart(&["emergency-sheet", "--format", "html"]).stdout);
    assert!(html.contains("<html lang=\"en\">") && html.contains("@page{size:A4"));
    assert_eq!(html.matches("<section>").count(), 4);
    assert!(html.contains("Without hauswart: falls back by itself after 10 min"));
    assert!(!html.contains("<script") && !html.contains("http"), "nothing is fetched");
    let one = folder.hauswart(&["emergency-sheet", "--device", "HK1", "--format", "json"]);
    let one: Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(one["plants"].as_array().unwrap().len(), 1);
    let none = folder.hauswart(&["emergency-sheet", "--device", "Strom"]);
    assert_eq!(none.status.code(), Some(1));
}
