//! Alarms by mail and webhook, from the real program to real servers: what
//! arrives, what a server that refuses, is slow or down does to it, and that a
//! kill loses and repeats nothing that matters.

use serde_json::{Value, json};

use super::alarms::alarm;
use super::daemon::{Daemon, Folder, answers, text};
use super::modbus_peer::ModbusPeer;
use super::post_peer::{MailPeer, WebPeer, certificate};
use super::sites::{modbus_image, modbus_site};

const QUIET: &str = "language 1
building Schule
rule \"Probe\"
  when HK1.Raum < 0 °C  alarm urgent \"Frost im Gebäude\"
rule \"Kühl\"
  when HK1.Raum < 5 °C  alarm \"kühl\"
schedule Bereitschaft
  Mo  00:00-00:01
";

/// The site with alarms, in German; alarms within a second go together.
fn site(modbus: u16, alarms: &str) -> String {
    let more = format!("title = \"Grundschule Süd\"\n[alarms]\ngather = \"1 s\"\n{alarms}");
    modbus_site(modbus, &more).replace("language = \"en\"", "language = \"de\"")
}

fn by_mail(port: u16, recipient: &str) -> String {
    format!(
        "[alarms.mail]\nserver = \"127.0.0.1:{port}\"\nencryption = \"none\"\nfrom = \"hauswart@musterstadt.de\"\n\
         [[alarms.recipient]]\nmail = \"anna@musterstadt.de\"\n{recipient}"
    )
}

fn by_webhook(port: u16, recipient: &str) -> String {
    format!("[[alarms.recipient]]\nwebhook = \"http://127.0.0.1:{port}/alarm\"\n{recipient}")
}

/// What was raised before is on the disk.
fn two_cycles(daemon: &mut Daemon<'_>) {
    let cycles = |status: &Value| status["cycles"].as_u64().unwrap();
    let before = cycles(&daemon.wait_for("a cycle", |_| true));
    daemon.wait_for("cycles", |status| cycles(status) > before + 2);
}

fn about(message: &Value, words: &str) -> bool {
    message["body"].as_str().unwrap().contains(words)
}

#[test]
fn what_came_and_went_arrives_by_mail_and_webhook_with_its_umlauts() {
    let mut peer = ModbusPeer::start(modbus_image());
    let (mut mail, mut web) = (MailPeer::start(&[]), WebPeer::start(None));
    let alarms = by_mail(mail.port, "") + &by_webhook(web.port, "classes = [\"urgent\"]\n");
    let folder = Folder::new(&site(peer.port, &alarms), QUIET);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("both", |status| answers(status, "Schule.HK1") == Some(true));
    let tried = folder.hauswart(&["alarms", "--try"]);
    assert!(text(&tried.stdout).contains("anna@musterstadt.de"), "{}", text(&tried.stderr));
    mail.wait_for("the trial", |mails| mails.iter().any(|mail| about(mail, "Eine Probe von ")));
    web.wait_for("the trial", |posts| !posts.is_empty());
    // Two at once are one mail; the one that is no fault of the urgent class
    // is none for the webhook.
    peer.set(1, "h", 0, 65_486); // -5 °C
    let mails =
        mail.wait_for("the mail", |mails| mails.iter().any(|mail| about(mail, "Frost im Gebäude")));
    assert_eq!(mails.len(), 2, "one for both, after the trial: {mails:#?}");
    let first = mails.iter().find(|mail| about(mail, "Frost im Gebäude")).unwrap();
    let subject = first["subject"].as_str().unwrap();
    assert!(
        subject.starts_with(
            "Grundschule Süd: dringend – Schule.Probe: Frost im Gebäude (und 1 weitere)"
        ),
        "{subject}"
    );
    let body = first["body"].as_str().unwrap();
    for words in [
        "DRINGEND seit ",
        "STÖRUNG seit ",
        "Schule.Kühl: kühl\n",
        "→ gemeldet; gestellt wird weiter nach den Regeln",
        "Alarm ",
        "-- ",
    ] {
        assert!(body.contains(words), "{words}: {body}");
    }
    assert_eq!(
        (&first["from"], &first["to"]),
        (&json!("hauswart@musterstadt.de"), &json!(["anna@musterstadt.de"]))
    );
    assert_eq!(first["headers"]["Auto-Submitted"], "auto-generated");

    let posts = web.wait_for("the post", |posts| posts.len() > 1);
    assert_eq!((&posts[1]["method"], &posts[1]["path"]), (&json!("POST"), &json!("/alarm")));
    let told: Value = serde_json::from_str(posts[1]["body"].as_str().unwrap()).unwrap();
    assert_eq!(told["alarms"][0]["class"], "urgent", "{told:#}");
    assert_eq!(told["alarms"][0]["turn"], "came");
    assert_eq!(told["alarms"].as_array().unwrap().len(), 1, "no faults: {told:#}");
    assert!(told["text"].as_str().unwrap().contains("Frost im Gebäude"));

    peer.set(1, "h", 0, 185);
    mail.wait_for("the end", |mails| mails.iter().any(|mail| about(mail, "BEHOBEN ")));
    let posts = web.wait_for("the end", |posts| posts.len() > 2);
    let told: Value = serde_json::from_str(posts[2]["body"].as_str().unwrap()).unwrap();
    assert_eq!(told["alarms"][0]["turn"], "went", "{told:#}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn a_server_that_refuses_or_is_down_gets_it_later_and_is_an_alarm_by_another_way() {
    let mut peer = ModbusPeer::start(modbus_image());
    let (mut mail, mut web) = (MailPeer::start(&[]), WebPeer::start(None));
    mail.order(&json!({ "refuse": "451 später" }));
    let alarms = by_mail(mail.port, "") + &by_webhook(web.port, "");
    let folder = Folder::new(&site(peer.port, &alarms), QUIET);
    peer.mute(2, true);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("silence", |status| answers(status, "Schule.HK2") == Some(false));
    let posts = web.wait_for("the other way", |posts| {
        posts.iter().any(|post| about(post, "anna@musterstadt.de gehen nicht hinaus"))
    });
    assert!(posts.iter().any(|post| about(post, "HK2 antwortet nicht")));
    let failing = alarm(&folder, "anna@musterstadt.de gehen nicht hinaus").unwrap();
    assert!(failing["text"].as_str().unwrap().contains("abgelehnt"), "{failing:#}");
    assert_eq!(mail.mails(), Vec::<Value>::new());
    // The cycles went on meanwhile.
    two_cycles(&mut daemon);
    // Down, and killed meanwhile: what waits is in the store.
    mail.kill();
    daemon.kill();
    let mut daemon = folder.run(&[]);
    mail.restart();
    let mails = mail.wait_for("the mail", |mails| !mails.is_empty());
    assert!(about(&mails[0], "HK2 antwortet nicht"), "{mails:#?}");
    assert!(!mails.iter().any(|mail| about(mail, "gehen nicht hinaus")), "no loop: {mails:#?}");
    daemon.wait_for("no more alarm", |_| {
        alarm(&folder, "gehen nicht hinaus").is_none_or(|it| !it["gone"].is_null())
    });
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn an_alarm_raised_just_before_a_power_cut_is_still_sent_and_only_once() {
    let mut peer = ModbusPeer::start(modbus_image());
    let mut mail = MailPeer::start(&[]);
    // Nothing goes out before the kill.
    let alarms = by_mail(mail.port, "");
    let long = site(peer.port, &alarms).replace("gather = \"1 s\"", "gather = \"20 s\"");
    let folder = Folder::new(&long, QUIET);
    peer.mute(2, true);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the alarm", |status| answers(status, "Schule.HK2") == Some(false));
    assert!(alarm(&folder, "HK2 antwortet nicht").is_some());
    two_cycles(&mut daemon);
    daemon.kill();
    assert_eq!(mail.mails(), Vec::<Value>::new());
    folder.write("site.toml", &site(peer.port, &alarms));
    let mut daemon = folder.run(&[]);
    let mails = mail.wait_for("the mail", |mails| !mails.is_empty());
    assert!(about(&mails[0], "HK2 antwortet nicht"), "{mails:#?}");
    // Still there after another start: nobody is told again.
    daemon.wait_for("silence", |status| answers(status, "Schule.HK2") == Some(false));
    daemon.kill();
    let mut daemon = folder.run(&[]);
    daemon.wait_for("silence", |status| answers(status, "Schule.HK2") == Some(false));
    peer.mute(2, false);
    let mails = mail.wait_for("the end", |mails| mails.iter().any(|mail| about(mail, "BEHOBEN ")));
    let came = mails.iter().filter(|mail| about(mail, "STÖRUNG seit")).count();
    assert_eq!(came, 1, "{mails:#?}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn a_mute_server_holds_up_neither_cycles_nor_the_other_recipient_nor_the_end() {
    let mut peer = ModbusPeer::start(modbus_image());
    let (mut mail, mut web) = (MailPeer::start(&[]), WebPeer::start(None));
    web.order(&json!({ "mute": true }));
    mail.order(&json!({ "delay": 2 }));
    let alarms = by_mail(mail.port, "") + &by_webhook(web.port, "");
    let folder = Folder::new(&site(peer.port, &alarms), QUIET);
    peer.mute(2, true);
    let mut daemon = folder.run(&[]);
    let mails = mail.wait_for("the mail", |mails| !mails.is_empty());
    assert!(about(&mails[0], "HK2 antwortet nicht"), "{mails:#?}");
    web.wait_for("the request", |posts| !posts.is_empty());
    two_cycles(&mut daemon);
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn who_is_not_on_call_hears_nothing_until_the_schedule_says_so() {
    let mut peer = ModbusPeer::start(modbus_image());
    let (mut mail, mut web) = (MailPeer::start(&[]), WebPeer::start(None));
    let alarms = by_mail(mail.port, "on_call = \"Bereitschaft\"\n") + &by_webhook(web.port, "");
    let folder = Folder::new(&site(peer.port, &alarms), QUIET);
    peer.mute(2, true);
    // A Wednesday.
    let mut daemon = folder.run(&["--start", "2026-01-14 17:30"]);
    web.wait_for("the other", |posts| !posts.is_empty());
    daemon.wait_for("cycles", |status| status["cycles"].as_u64().unwrap() > 5);
    assert_eq!(mail.mails(), Vec::<Value>::new());
    let order = ["override", "Bereitschaft", "on", "--for", "20 min", "--yes"];
    assert!(folder.hauswart(&order).status.success());
    let mails = mail.wait_for("what stands", |mails| !mails.is_empty());
    assert!(about(&mails[0], "HK2 antwortet nicht"), "{mails:#?}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn mail_goes_encrypted_with_a_password_from_a_credential_and_not_otherwise() {
    let peer = ModbusPeer::start(modbus_image());
    peer_is_cold(peer, "starttls", "--starttls");
}

#[test]
fn mail_goes_encrypted_from_the_first_byte() {
    let peer = ModbusPeer::start(modbus_image());
    peer_is_cold(peer, "tls", "--tls");
}

fn peer_is_cold(mut peer: ModbusPeer, encryption: &str, option: &str) {
    let keys = tempfile::tempdir().unwrap();
    let certificate = certificate(keys.path());
    let path = certificate.to_str().unwrap();
    let mut mail = MailPeer::start(&["--cert", path, option, "--login", "hauswart", "gehéim"]);
    let port = mail.port;
    let alarms = format!(
        "[alarms.mail]\nserver = \"localhost:{port}\"\nencryption = \"{encryption}\"\nfrom = \"h@musterstadt.de\"\n\
         user = \"hauswart\"\npassword = {{ credential = \"smtp\" }}\n\
         [[alarms.recipient]]\nmail = \"anna@musterstadt.de\"\n"
    );
    let folder = Folder::new(&site(peer.port, &alarms), QUIET);
    std::fs::write(keys.path().join("smtp"), "gehéim\n").unwrap();
    peer.mute(2, true);
    // A certificate that this machine does not trust is no server of ours.
    let mut daemon = folder.run_with(&[("CREDENTIALS_DIRECTORY", keys.path().to_str().unwrap())]);
    daemon.wait_for("the alarm", |_| alarm(&folder, "gehen nicht hinaus").is_some());
    assert_eq!(mail.mails(), Vec::<Value>::new());
    daemon.kill();
    let environment =
        [("CREDENTIALS_DIRECTORY", keys.path().to_str().unwrap()), ("SSL_CERT_FILE", path)];
    let daemon = folder.run_with(&environment);
    let mails = mail.wait_for("the mail", |mails| !mails.is_empty());
    assert_eq!(
        (&mails[0]["encrypted"], &mails[0]["login"]),
        (&json!(true), &json!("hauswart")),
        "{}",
        folder.log()
    );
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn a_webhook_goes_over_https_with_its_token() {
    let mut peer = ModbusPeer::start(modbus_image());
    let keys = tempfile::tempdir().unwrap();
    let certificate = certificate(keys.path());
    let mut web = WebPeer::start(Some(&certificate));
    let token = keys.path().join("token");
    std::fs::write(&token, "abc\n").unwrap();
    let (port, token) = (web.port, token.display());
    let alarms = format!(
        "[[alarms.recipient]]\nwebhook = \"https://localhost:{port}/\"\ntoken = {{ file = \"{token}\" }}\n"
    );
    let folder = Folder::new(&site(peer.port, &alarms), QUIET);
    peer.mute(2, true);
    let daemon = folder.run_with(&[("SSL_CERT_FILE", certificate.to_str().unwrap())]);
    let posts = web.wait_for("the post", |posts| !posts.is_empty());
    assert_eq!(posts[0]["headers"]["authorization"], "Bearer abc", "{posts:#?}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn the_digest_comes_once_a_day_also_over_restarts() {
    let mut peer = ModbusPeer::start(modbus_image());
    let mut mail = MailPeer::start(&[]);
    let alarms = format!(
        "digest = \"07:00\"\n{}",
        by_mail(mail.port, "classes = [\"urgent\"]\ndigest = true\n")
    );
    let folder = Folder::new(&site(peer.port, &alarms), QUIET);
    peer.mute(2, true);
    let start = |time: &str| folder.run(&["--start", time]);
    let mut daemon = start("2026-01-13 12:00");
    daemon.wait_for("the alarm", |_| alarm(&folder, "HK2 antwortet nicht").is_some());
    two_cycles(&mut daemon);
    daemon.kill();
    let mut daemon = start("2026-01-14 06:59:55");
    daemon.wait_for("cycles", |status| status["cycles"].as_u64().unwrap() > 1);
    let is_digest = |mail: &Value| mail["subject"].as_str().unwrap().contains("Tagesbericht");
    let mails = mail.wait_for("the digest", |mails| mails.iter().any(is_digest));
    assert_eq!(mails[0]["subject"], "Grundschule Süd: Tagesbericht 14.01.2026 – 1 Alarm");
    assert!(
        about(&mails[0], "Es steht:\n- Störung 13.01. 12:00: Gerät Schule.HK2 antwortet nicht"),
        "{mails:#?}"
    );
    daemon.kill();
    let mut daemon = start("2026-01-14 07:30");
    daemon.wait_for("cycles", |status| status["cycles"].as_u64().unwrap() > 8);
    assert_eq!(mail.mails().len(), 1, "{:#?}", mail.mails());
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn life_signs_end_with_the_program() {
    let peer = ModbusPeer::start(modbus_image());
    let mut web = WebPeer::start(None);
    let port = web.port;
    let alarms =
        format!("life_sign = {{ url = \"http://127.0.0.1:{port}/lebt?x=1\", every = \"1 s\" }}\n");
    let folder = Folder::new(&site(peer.port, &alarms), QUIET);
    let daemon = folder.run(&[]);
    let signs = web.wait_for("life", |signs| signs.len() > 2);
    assert_eq!((&signs[0]["method"], &signs[0]["path"]), (&json!("GET"), &json!("/lebt?x=1")));
    daemon.signal("STOP");
    let many = web.wait_for("the last", |_| true).len();
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert!(
        web.wait_for("no more", |_| true).len() <= many + 1,
        "a stopped program gave life signs"
    );
    daemon.signal("CONT");
    web.wait_for("life again", |signs| signs.len() > many + 1);
    // Nobody there: an alarm.
    drop(web);
    let mut daemon = daemon;
    daemon.wait_for("the alarm", |_| alarm(&folder, "Lebenszeichen").is_some());
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
