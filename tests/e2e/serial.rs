//! A serial line: the daemon drives RTU devices over a pair of pseudo
//! terminals, through silence and back.

use std::process::Command;

use super::daemon::{Folder, answers, point};
use super::modbus_peer::ModbusPeer;
use super::peers::Peer;
use super::sites::{RULES, modbus_image, serial_site};

/// A pair of pseudo terminals joined by socat, by their names in `folder`.
fn line(folder: &std::path::Path) -> (Peer, String, String) {
    let end = |name: &str| folder.join(name).display().to_string();
    let (ours, theirs) = (end("ours"), end("theirs"));
    let mut socat = Command::new("sh");
    // `ready` once both ends are there; the shell becomes socat, so that
    // ending it ends all.
    socat.arg("-c").arg(
        r#"(while [ ! -e "$0" ] || [ ! -e "$1" ]; do sleep 0.05; done; echo ready) &
           exec socat "pty,raw,echo=0,link=$0" "pty,raw,echo=0,link=$1""#,
    );
    socat.args([&ours, &theirs]);
    (Peer::start(socat), ours, theirs)
}

#[test]
fn a_serial_line_is_commanded_goes_silent_and_comes_back() {
    let ends = tempfile::tempdir().unwrap();
    let (_line, ours, theirs) = line(ends.path());
    let mut peer = ModbusPeer::serial(&theirs, modbus_image());
    let folder = Folder::new(&serial_site(&ours), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the commands", |status| {
        ["Schule.HK1.Soll", "Schule.HK2.Soll"]
            .iter()
            .all(|name| point(status, name)["command"]["confirmed"] == true)
    });
    assert_eq!((peer.get(1, "h", 10), peer.get(2, "h", 10)), (190, 190));
    peer.mute(2, true);
    daemon.wait_for("silence", |status| {
        answers(status, "Schule.HK2") == Some(false)
            && point(status, "Schule.HK2.Raum")["value"].is_null()
    });
    peer.set(1, "h", 0, 199);
    daemon.wait_for("the neighbour's new value", |status| {
        point(status, "Schule.HK1.Raum")["value"].as_f64() == Some(19.9)
    });
    peer.set(2, "h", 0, 177);
    peer.mute(2, false);
    daemon.wait_for("the silent one's new value", |status| {
        point(status, "Schule.HK2.Raum")["value"].as_f64() == Some(17.7)
    });
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert_eq!((peer.get(1, "h", 10), peer.get(2, "h", 10), peer.get(1, "h", 11)), (210, 210, 1));
}
