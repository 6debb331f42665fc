//! Packets that nobody asked for, as many as the machine sends: the daemon
//! neither dies nor falls behind.

use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::chance::Chance;
use crate::daemon::{Daemon, answers, point};
use crate::peers::free_udp_port;
use crate::town::{Town, rules};

/// What the room's sensor is set to arrives, and cycles go on.
fn keeps_up(daemon: &mut Daemon<'_>, town: &mut Town, value: f64) {
    let before = daemon.status().unwrap()["cycles"].as_u64().unwrap();
    town.bacnet.set("analog-input,4", value);
    daemon.wait_for("the value and more cycles", |status| {
        let room = point(status, "Schule.HK.Raum")["value"].as_f64();
        room.is_some_and(|room| (room - value).abs() < 0.01)
            && status["cycles"].as_u64() > Some(before + 3)
            && point(status, "Schule.HK.Raum_Soll")["command"]["confirmed"] == true
    });
}

#[test]
fn a_flood_of_hostile_datagrams_starves_nothing() {
    let mut town = Town::start("127.51.0.9");
    let port = free_udp_port();
    let folder = town.folder(&rules(&[None, None, None, None, Some(17.5)]));
    folder.write("site.toml", &town.site().replace("127.0.0.1:0", &format!("127.0.0.1:{port}")));
    let mut daemon = folder.run(&[]);
    keeps_up(&mut daemon, &mut town, 18.0);
    let (done, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let flood = thread::spawn({
        let (done, sent) = (Arc::clone(&done), Arc::clone(&sent));
        move || pour(port, &done, &sent)
    });
    for value in [18.5, 19.0, 19.5] {
        keeps_up(&mut daemon, &mut town, value);
    }
    done.store(true, Ordering::Relaxed);
    flood.join().unwrap();
    println!("{} datagrams", sent.load(Ordering::Relaxed));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert!(!folder.log().contains("panicked"), "{}", folder.log());
    assert!(town.bacnet.slots().iter().all(serde_json::Value::is_null));
}

/// I-Ams of any instance, notifications, answers to nobody's question, and
/// nonsense behind a right header.
fn pour(port: u16, done: &AtomicBool, sent: &AtomicU64) {
    let mut chance = Chance::new();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let starts: [&[u8]; 5] = [
        // Who-Is and I-Am, unicast.
        &[0x81, 0x0a, 0, 0, 1, 0, 0x10, 0x08],
        &[0x81, 0x0b, 0, 0, 1, 0, 0x10, 0x00, 0xc4, 0x02],
        // An unconfirmed notification, a complex answer and its segment.
        &[0x81, 0x0a, 0, 0, 1, 0, 0x10, 0x02, 0x09],
        &[0x81, 0x0a, 0, 0, 1, 0, 0x30],
        &[0x81, 0x0a, 0, 0, 1, 0, 0x3c],
    ];
    while !done.load(Ordering::Relaxed) {
        let mut datagram = starts[chance.below(5) as usize].to_vec();
        datagram.extend((0..chance.below(200)).map(|_| chance.below(256) as u8));
        if !chance.once_in(4) {
            let length = datagram.len() as u16;
            datagram[2..4].copy_from_slice(&length.to_be_bytes());
        }
        if socket.send_to(&datagram, ("127.0.0.1", port)).is_ok() {
            sent.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A Modbus "device" that answers each question with bytes without end.
#[test]
fn a_device_that_never_stops_talking_holds_up_no_other_line() {
    let mut town = Town::start("127.51.0.10");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut question = [0; 12];
                // The right header, then a length that never ends.
                if stream.read_exact(&mut question).is_ok() {
                    question[4..6].copy_from_slice(&[0xff, 0xff]);
                    let mut answer = question.to_vec();
                    answer.resize(65_536, 0x03);
                    while stream.write_all(&answer).is_ok() {}
                }
            });
        }
    });
    let folder = town.folder(&rules(&[None, None, None, None, Some(17.5)]));
    folder.write("site.toml", &town.site_at(port));
    let mut daemon = folder.run(&[]);
    for value in [18.5, 19.0, 19.5] {
        keeps_up(&mut daemon, &mut town, value);
    }
    let status =
        daemon.wait_for("its silence", |status| answers(status, "Schule.HK1") == Some(false));
    assert!(point(&status, "Schule.HK1.Raum")["value"].is_null());
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
