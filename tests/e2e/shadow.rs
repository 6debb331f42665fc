//! A shadow rule beside the one that counts: told of, and never written.

use super::daemon::{Folder, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{modbus_image, modbus_site};

const RULES: &str = "language 1
building Schule
rule \"Soll\"
  set HK1.Soll to 15 °C
rule \"Probe\"
  shadow
  set HK1.Soll to 19 °C
  set HK2.Soll to 21 °C
";

#[test]
fn a_shadow_is_told_of_and_never_written() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    let status = daemon.wait_for("the rule", |status| {
        let command = &point(status, "Schule.HK1.Soll")["command"];
        command["confirmed"] == true && command["shown"] == "15 °C"
    });
    assert!(point(&status, "Schule.HK2.Soll")["command"].is_null(), "{status:#}");
    let told = text(&folder.hauswart(&["explain", "HK1.Soll"]).stdout);
    assert!(told.contains("would be 19 °C, instead of 15 °C"), "{told}");
    let log = folder.log();
    for words in
        ["HK1.Soll would be 19 °C instead of 15 °C", "HK2.Soll would be 21 °C instead of released"]
    {
        assert!(log.contains(words), "{words}: {log}");
    }
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
