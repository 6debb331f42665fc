//! Jobs that the process died of, or was stopped at.

use std::sync::atomic::Ordering;
use std::time::Duration;

use hauswart::store::jobs::{JobRecord, JobStanding, listed, put};

use super::{HOUR, MINUTE, MONTHLY, Office, soon};

/// An office whose process has died while the job ran.
fn died(deaths: u32) -> Office {
    let office = Office::new(MONTHLY, "");
    let planned = "2026-11-02T05:30:00Z".parse().unwrap();
    let record = JobRecord {
        name: "Bericht".into(),
        when: "30 6 2 * *".into(),
        planned,
        standing: JobStanding::Begun { at: planned },
        failures: deaths,
        deaths,
        mailed: Vec::new(),
    };
    put(&*office.store(), &record).unwrap();
    office
}

#[tokio::test]
async fn a_run_that_died_with_the_process_is_done_again() {
    let office = died(0);
    office.holds.store(true, Ordering::SeqCst);
    let mut daemon = office.start("2026-11-02T05:30:10Z");
    assert!(daemon.alarms().await.is_empty());
    let store = daemon.store.clone();
    let counted = async {
        soon("the record of the death", || listed(&*store).unwrap().records[0].deaths == 1).await;
        office.holds.store(false, Ordering::SeqCst);
    };
    tokio::join!(counted, daemon.pass(10 * MINUTE));
    let record = daemon.stop().await;
    assert_eq!(
        (record.planned, office.times().len()),
        ("2026-11-02T05:30:00Z".parse().unwrap(), 1)
    );
    assert!(matches!(record.standing, JobStanding::Done { .. }), "{record:?}");
    assert_eq!((record.failures, record.deaths), (0, 0));
}

#[tokio::test]
async fn what_the_process_dies_of_is_an_alarm_the_second_time_and_waits_after_the_third() {
    let office = died(1);
    let mut daemon = office.start("2026-11-02T05:30:10Z");
    let alarms = daemon.alarms().await;
    assert!(alarms[0].contains("crashed or was killed 2 times"), "{alarms:?}");
    daemon.pass(HOUR).await;
    assert_eq!((daemon.alarms().await.len(), office.times().len()), (0, 1), "done after all");
    daemon.stop().await;

    let office = died(2);
    let mut daemon = office.start("2026-11-02T05:30:10Z");
    daemon.pass(20 * HOUR).await;
    assert_eq!(office.times().len(), 0);
    let alarms = daemon.alarms().await;
    assert!(alarms[0].contains("crashed or was killed 3 times"), "{alarms:?}");
    daemon.stop().await;
    let mut daemon = office.start("2026-12-02T05:20:00Z");
    daemon.pass(MINUTE).await;
    assert_eq!(daemon.alarms().await.len(), 1, "a restart does not forget it");
    daemon.until("2026-12-02T05:35:00Z").await;
    assert_eq!((daemon.alarms().await.len(), office.times().len()), (0, 1), "its next time");
    daemon.stop().await;
}

#[tokio::test]
async fn a_run_that_a_stop_breaks_off_is_none_that_the_process_died_of() {
    let office = died(1);
    office.holds.store(true, Ordering::SeqCst);
    let mut daemon = office.start("2026-11-02T05:40:00Z");
    let store = daemon.store.clone();
    tokio::select! {
        () = daemon.pass(HOUR) => panic!("nothing was begun"),
        () = soon("the begin", || listed(&*store).unwrap().records[0].deaths == 2) => {}
    }
    let holds = office.holds.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        holds.store(false, Ordering::SeqCst);
    });
    let record = daemon.stop().await;
    let JobStanding::Failed { why, .. } = &record.standing else { panic!("{record:?}") };
    assert_eq!(why, "hauswart was stopped meanwhile");
}
