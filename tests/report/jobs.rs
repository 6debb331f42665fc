//! Reports that are written by themselves: the engine on a clock that waits for all
//! work, with a real store, a real folder and a mail server of another make.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hauswart::clock::LockStep;
use hauswart::engine::jobs::{MakeReport, ReportFile};
use hauswart::engine::{Engine, Setup};
use hauswart::model::diagnostic::Source;
use hauswart::model::{Busy, Clock};
use hauswart::site;
use hauswart::store::jobs::{JobRecord, JobStanding, listed};
use hauswart::store::{self, Store};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::jobs_disk::MoodyDisk;
use crate::loop_disk::{Disk, fill};
use crate::post_peer::MailPeer;

mod deaths;

/// Real time after which something stands still.
const STUCK: Duration = Duration::from_secs(60);
const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

/// Every byte there is, and what a mail might take for its own line ends.
fn odd_bytes() -> Vec<u8> {
    (0..=255).chain(*b"\r\n.\r\n\n\r..\nFrom x\n\xff\xfe=3D").collect()
}

/// A report that was made: when, and of which days.
type Made = (Timestamp, (Date, Date));

/// A site with one job, and who makes its reports.
struct Office {
    folder: tempfile::TempDir,
    text: String,
    /// When, and of which days.
    made: Arc<Mutex<Vec<Made>>>,
    fails: Arc<AtomicBool>,
    full: Arc<AtomicBool>,
    /// The maker takes its time for so long.
    holds: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
    bytes: Vec<u8>,
}

struct Daemon {
    engine: Engine,
    clock: LockStep,
    store: Arc<dyn Store>,
    begun: Timestamp,
    busy: Option<Busy>,
}

impl Office {
    /// `job`: the words of the job beside name and forms.
    fn new(job: &str, more: &str) -> Self {
        let text = format!(
            "format = 1\n[site]\nname = \"Test\"\ntitle = \"Stadt Übel\"\nlanguage = \"en\"\ncycle = \"1 min\"\n\
             {more}\n[[building]]\nname = \"Rathaus\"\n\
             [[job]]\nname = \"Bericht\"\nforms = [\"pdf\", \"xlsx\"]\n{job}\n"
        );
        Self {
            folder: tempfile::tempdir().unwrap(),
            text,
            made: Arc::default(),
            fails: Arc::default(),
            full: Arc::default(),
            holds: Arc::default(),
            panics: Arc::default(),
            bytes: odd_bytes(),
        }
    }

    fn store(&self) -> Arc<dyn Store> {
        let opened = store::open(&self.folder.path().join("data"), "stamp").unwrap();
        assert_eq!(opened.notes, []);
        opened.store
    }

    fn maker(&self) -> MakeReport {
        let (made, bytes) = (self.made.clone(), self.bytes.clone());
        let holds = self.holds.clone();
        let (fails, panics) = (self.fails.clone(), self.panics.clone());
        Arc::new(move |job, days, now| {
            if fails.load(Ordering::SeqCst) {
                return Err("no data".to_owned());
            }
            while holds.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(10));
            }
            assert!(!panics.load(Ordering::SeqCst), "a bug");
            made.lock().unwrap().push((now, days));
            let file = |form: &String| ReportFile {
                ending: format!(".{form}"),
                media_type: "application/octet-stream".to_owned(),
                bytes: bytes.clone(),
            };
            Ok(job.forms.iter().map(file).collect())
        })
    }

    fn start(&self, at: &str) -> Daemon {
        let source = Source { file: "site.toml".into(), text: self.text.as_str().into() };
        let loaded = site::load(&source, self.folder.path(), &[]);
        let site = loaded.site.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
        let begun = at.parse().unwrap();
        let clock = LockStep::new(begun);
        let busy = Some(clock.busy());
        let full = self.full.clone();
        let store: Arc<dyn Store> = Arc::new(MoodyDisk { store: self.store(), full });
        let engine = Engine::start(Setup {
            site: Arc::new(site),
            program: None,
            rule_files: None,
            clock: Arc::new(clock.clone()),
            store: Some(store.clone()),
            lost: Vec::new(),
            watch: None,
            history: None,
            make_report: Some(self.maker()),
        });
        Daemon { engine, clock, store, begun, busy }
    }

    /// As the clock of Berlin shows it.
    fn times(&self) -> Vec<String> {
        let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        let made = self.made.lock().unwrap();
        let shown = made.iter().map(|(at, _)| at.to_zoned_datetime(zone.clone()));
        shown.map(|at| at.strftime("%m-%d %H:%M %z").to_string()).collect()
    }

    fn files(&self) -> Vec<String> {
        names(&self.folder.path().join("data/berichte"))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

impl Daemon {
    /// Lets the site's time run; nothing that has begun is overtaken.
    async fn pass(&mut self, seconds: i64) {
        let until = self.clock.now().steady + Duration::from_secs(seconds.unsigned_abs());
        let sleep = self.clock.sleep_until(until);
        self.busy = None;
        let busy = tokio::time::timeout(STUCK, sleep).await;
        self.busy = Some(busy.unwrap_or_else(|_| panic!("stands still: {:?}", self.clock)));
    }

    async fn until(&mut self, at: &str) {
        let at: Timestamp = at.parse().unwrap();
        let now = self.begun + SignedDuration::try_from(self.clock.now().steady).unwrap();
        self.pass(now.duration_until(at).as_secs()).await;
    }

    async fn alarms(&self) -> Vec<String> {
        let status = self.engine.handle().status().await.unwrap();
        let standing = status.alarms.into_iter().filter(|alarm| alarm.gone.is_none());
        standing.map(|alarm| alarm.text).collect()
    }

    /// Ends it; what it has recorded of the job.
    async fn stop(self) -> JobRecord {
        let Self { engine, clock, store, mut busy, .. } = self;
        let mut stopping = tokio::spawn(engine.stop());
        loop {
            tokio::select! {
                ended = &mut stopping => break drop(ended.unwrap().unwrap()),
                () = tokio::time::sleep(Duration::from_millis(50)) => {
                    let sleep = clock.sleep_until(clock.now().steady + Duration::from_secs(1));
                    drop(busy);
                    busy = Some(sleep.await);
                }
            }
        }
        let mut records = listed(&*store).unwrap().records;
        assert_eq!(records.len(), 1);
        records.remove(0)
    }
}

#[tokio::test]
async fn a_night_job_is_done_once_a_night_also_when_the_clocks_change() {
    let office = Office::new("at = \"30 2 * * *\"\nperiod = \"this-year\"", "");
    let mut daemon = office.start("2026-03-27T12:00:00Z");
    daemon.until("2026-03-30T12:00:00Z").await;
    daemon.stop().await;
    let spring = ["03-28 02:30 +0100", "03-29 03:00 +0200", "03-30 02:30 +0200"];
    assert_eq!(office.times(), spring);
    office.made.lock().unwrap().clear();

    let office = Office::new("at = \"30 2 * * *\"\nperiod = \"this-year\"", "");
    let mut daemon = office.start("2026-10-24T12:00:00Z");
    daemon.until("2026-10-26T12:00:00Z").await;
    daemon.stop().await;
    assert_eq!(office.times(), ["10-25 02:30 +0200", "10-26 02:30 +0100"]);
    let days: Vec<(Date, Date)> = office.made.lock().unwrap().iter().map(|it| it.1).collect();
    assert_eq!(days[0], (date(2026, 1, 1), date(2026, 10, 24)), "until yesterday");
}

const MONTHLY: &str = "at = \"30 6 2 * *\"\nperiod = \"last-month\"";

#[tokio::test]
async fn what_was_missed_while_the_computer_was_off_is_done_once() {
    let office = Office::new(MONTHLY, "");
    let mut daemon = office.start("2026-10-30T12:00:00Z");
    daemon.pass(HOUR).await;
    let record = daemon.stop().await;
    assert_eq!((record.standing, office.times().len()), (JobStanding::New, 0));

    let mut daemon = office.start("2026-11-20T12:00:00Z");
    daemon.pass(HOUR).await;
    let record = daemon.stop().await;
    assert_eq!(record.planned, "2026-11-02T05:30:00Z".parse().unwrap());
    let days = office.made.lock().unwrap()[0].1;
    assert_eq!(days, (date(2026, 10, 1), date(2026, 10, 31)), "as of its time, not of today");
    let files = ["energy-report-2026-10.pdf", "energy-report-2026-10.xlsx"];
    assert_eq!(office.files(), files);
    let lies = fs::read(office.folder.path().join("data/berichte").join(files[0])).unwrap();
    assert_eq!(lies, odd_bytes());

    let mut daemon = office.start("2026-11-21T12:00:00Z");
    daemon.pass(HOUR).await;
    assert_eq!(office.times().len(), 1, "not again");
    daemon.until("2026-12-02T05:32:00Z").await;
    assert_eq!(office.times().len(), 2);
    daemon.stop().await;
    // Three months off: the newest alone, and October's is as it was.
    let mut daemon = office.start("2027-03-05T12:00:00Z");
    daemon.pass(HOUR).await;
    daemon.stop().await;
    let months: Vec<i8> = office.made.lock().unwrap().iter().map(|it| it.1.0.month()).collect();
    assert_eq!(months, [10, 11, 2]);
    // And off for longer than a report is worth.
    let mut daemon = office.start("2027-05-01T12:00:00Z");
    daemon.pass(HOUR).await;
    daemon.stop().await;
    assert_eq!(office.times().len(), 4, "of the 2nd of April, 29 days ago");
}

#[tokio::test]
async fn a_folder_that_is_denied_raises_an_alarm_after_the_third_try_and_is_tried_on() {
    let office = Office::new(&format!("{MONTHLY}\nfolder = \"belegt/monat\""), "");
    // A file is where the folder should be.
    let taken = office.folder.path().join("belegt");
    fs::write(&taken, "x").unwrap();
    let mut daemon = office.start("2026-11-02T05:00:00Z");
    daemon.until("2026-11-02T05:33:00Z").await;
    assert_eq!(office.times().len(), 2, "at once, and a minute later");
    assert!(daemon.alarms().await.is_empty());
    daemon.until("2026-11-02T05:40:00Z").await;
    let alarms = daemon.alarms().await;
    let [alarm] = alarms.as_slice() else { panic!("{alarms:?}") };
    let words =
        ["report \"Bericht\"", "energy-report-2026-10.pdf cannot be put into", "belegt/monat"];
    assert!(words.iter().all(|word| alarm.contains(word)), "{alarm}");
    fs::remove_file(&taken).unwrap();
    daemon.until("2026-11-02T06:00:00Z").await;
    assert!(daemon.alarms().await.is_empty());
    let record = daemon.stop().await;
    let JobStanding::Done { files, .. } = &record.standing else { panic!("{record:?}") };
    assert_eq!((files.len(), record.failures), (2, 0));
    assert_eq!(names(&taken.join("monat")).len(), 2);
}

#[tokio::test]
async fn neither_an_error_nor_a_bug_of_the_maker_stops_the_daemon() {
    let office = Office::new(MONTHLY, "");
    office.panics.store(true, Ordering::SeqCst);
    let mut daemon = office.start("2026-11-02T05:00:00Z");
    daemon.until("2026-11-02T05:40:00Z").await;
    let alarms = daemon.alarms().await;
    assert!(alarms[0].contains("a bug has ended the report"), "{alarms:?}");
    office.panics.store(false, Ordering::SeqCst);
    office.fails.store(true, Ordering::SeqCst);
    daemon.until("2026-11-02T06:00:00Z").await;
    let record = daemon.stop().await;
    let JobStanding::Failed { why, .. } = &record.standing else { panic!("{record:?}") };
    assert_eq!((why.as_str(), record.failures, office.files().len()), ("no data", 4, 0));
    // A restart does not forget that it has failed.
    office.fails.store(false, Ordering::SeqCst);
    let mut daemon = office.start("2026-11-02T06:01:00Z");
    daemon.pass(30 * MINUTE).await;
    assert!(office.times().is_empty(), "the next try is an hour after the fourth");
    daemon.pass(40 * MINUTE).await;
    assert_eq!(office.times().len(), 1);
    daemon.stop().await;
}

#[tokio::test]
async fn a_full_disk_leaves_the_old_file_and_no_half_one() {
    let Some(disk) = Disk::make(64) else { return };
    let folder = disk.path().join("berichte");
    let mut office = Office::new(&format!("{MONTHLY}\nfolder = \"{}\"", folder.display()), "");
    office.bytes = vec![7; 4 << 20];
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("energy-report-2026-10.pdf"), "old").unwrap();
    let filler = fill(&disk.path(), 2 << 20);
    let mut daemon = office.start("2026-11-02T05:29:00Z");
    daemon.until("2026-11-02T05:40:00Z").await;
    assert_eq!(daemon.alarms().await.len(), 1);
    assert_eq!(names(&folder), ["energy-report-2026-10.pdf"]);
    assert_eq!(fs::read(folder.join("energy-report-2026-10.pdf")).unwrap(), b"old");
    fs::remove_file(filler).unwrap();
    daemon.until("2026-11-02T06:00:00Z").await;
    daemon.stop().await;
    assert_eq!(names(&folder).len(), 2);
    assert_eq!(fs::read(folder.join("energy-report-2026-10.pdf")).unwrap(), office.bytes);
}

fn with_mail(port: u16) -> Office {
    let more = format!(
        "[alarms.mail]\nserver = \"127.0.0.1:{port}\"\nencryption = \"none\"\nfrom = \"h@musterstadt.de\""
    );
    let job = format!("{MONTHLY}\nmail = [\"klima@musterstadt.de\", \"rat@musterstadt.de\"]");
    Office::new(&job, &more)
}

/// What python has decoded.
fn attachments(mail: &serde_json::Value) -> Vec<(String, Vec<u8>)> {
    let all = mail["attachments"].as_array().unwrap().iter();
    all.map(|one| {
        let hex = one["hex"].as_str().unwrap();
        let byte = |place: usize| u8::from_str_radix(&hex[place..place + 2], 16).unwrap();
        let bytes = (0..hex.len()).step_by(2).map(byte).collect();
        (one["name"].as_str().unwrap().to_owned(), bytes)
    })
    .collect()
}

#[tokio::test]
async fn the_files_go_out_by_mail_byte_for_byte_and_once_to_each() {
    let mut server = MailPeer::start(&[]);
    let office = with_mail(server.port);
    server.order(&json!({ "refuse": "451 later", "to": "rat@musterstadt.de" }));
    let mut daemon = office.start("2026-11-02T05:00:00Z");
    daemon.until("2026-11-02T05:33:00Z").await;
    assert_eq!(server.mails().len(), 1, "the other one is not refused");
    server.order(&json!({ "refuse": null }));
    daemon.until("2026-11-02T06:00:00Z").await;
    let record = daemon.stop().await;
    assert_eq!(record.mailed, ["klima@musterstadt.de", "rat@musterstadt.de"]);
    let mails = server.mails();
    let to: Vec<&str> = mails.iter().map(|mail| mail["to"][0].as_str().unwrap()).collect();
    assert_eq!(to, ["klima@musterstadt.de", "rat@musterstadt.de"]);
    for mail in &mails {
        assert_eq!(mail["subject"], "Energy report Stadt Übel, October 2026");
        let body = mail["body"].as_str().unwrap();
        assert!(body.contains("energy-report-2026-10.pdf"), "{body}");
        let files = attachments(mail);
        let names = ["energy-report-2026-10.pdf", "energy-report-2026-10.xlsx"];
        assert_eq!(files, names.map(|name| (name.to_owned(), odd_bytes())));
    }
}

/// Looks again and again until it is so.
async fn soon(what: &str, mut is: impl FnMut() -> bool) {
    let looking = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(STUCK, looking).await.unwrap_or_else(|_| panic!("waited for {what}"));
}

#[tokio::test]
async fn who_has_had_the_mail_is_on_the_disk_before_the_next_one_gets_it() {
    let mut server = MailPeer::start(&[]);
    server.order(&json!({ "delay": 1 }));
    let office = with_mail(server.port);
    let mut daemon = office.start("2026-11-02T05:29:00Z");
    let store = daemon.store.clone();
    let one = soon("the record of the first", || {
        let record = listed(&*store).unwrap().records.pop();
        record.is_some_and(|it| {
            it.mailed == ["klima@musterstadt.de"]
                && matches!(it.standing, JobStanding::Begun { .. })
        })
    });
    tokio::join!(one, daemon.pass(4 * MINUTE));
    daemon.stop().await;
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_begun_nor_mailed_twice() {
    let mut server = MailPeer::start(&[]);
    server.order(&json!({ "delay": 1 }));
    let office = with_mail(server.port);
    let mut daemon = office.start("2026-11-02T05:29:00Z");
    daemon.pass(10).await;
    office.full.store(true, Ordering::SeqCst);
    daemon.until("2026-11-02T05:37:30Z").await;
    assert_eq!((office.times().len(), office.files().len()), (0, 0), "not begun");
    let alarms = daemon.alarms().await;
    let told = |it: &String| it.contains("does not take the record of it");
    assert!(alarms.iter().any(told), "{alarms:?}");
    office.full.store(false, Ordering::SeqCst);
    // Full again while the first one gets it.
    let made = soon("the report", || !office.times().is_empty());
    let fills = async {
        made.await;
        office.full.store(true, Ordering::SeqCst);
    };
    tokio::join!(fills, daemon.until("2026-11-02T05:53:00Z"));
    assert_eq!(server.mails().len(), 1, "the other one waits");
    office.full.store(false, Ordering::SeqCst);
    daemon.until("2026-11-02T08:00:00Z").await;
    let record = daemon.stop().await;
    assert!(matches!(record.standing, JobStanding::Done { .. }), "{record:?}");
    assert_eq!(server.mails().len(), 2, "once to each");
}

#[tokio::test]
async fn what_is_too_large_for_mail_is_told_and_lies_in_the_folder() {
    let mut server = MailPeer::start(&[]);
    let mut office = with_mail(server.port);
    office.bytes = vec![1; 8 << 20];
    let mut daemon = office.start("2026-11-02T05:29:00Z");
    daemon.until("2026-11-02T05:33:00Z").await;
    let record = daemon.stop().await;
    assert!(matches!(record.standing, JobStanding::Done { .. }), "{record:?}");
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    let body = mails[0]["body"].as_str().unwrap();
    assert!(body.contains("With 16 MiB the report is too large for e-mail"), "{body}");
    assert_eq!(attachments(&mails[0]), []);
    let folder: PathBuf = office.folder.path().join("data/berichte");
    assert!(body.contains(&folder.display().to_string()));
    assert_eq!(names(&folder).len(), 2);
}
