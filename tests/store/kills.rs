//! `kill -9` in the middle of writing.

use crate::{child, open_whole, rounds};

#[test]
fn every_acknowledged_batch_survives_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let mut last = 0;
    for round in 0..rounds(12, 12) {
        let mut writer = child::Writer::start(data.path(), last + 1);
        writer.wait_for(u64::from(3 + round * 11 % 40));
        let acknowledged = writer.kill();
        assert!(acknowledged > last);
        let opened = open_whole(data.path());
        last = child::check(&*opened.store, acknowledged);
    }
}

#[test]
fn the_lock_ends_with_the_process_and_keeps_out_a_second_one() {
    let data = tempfile::tempdir().unwrap();
    let mut writer = child::Writer::start(data.path(), 1);
    writer.wait_for(1);
    let error = hauswart::store::open(data.path(), crate::STAMP).unwrap_err();
    let words = error.to_string();
    assert!(words.contains(&data.path().display().to_string()), "{words}");
    assert!(words.contains("another hauswart runs"), "{words}");
    assert!(error.words(hauswart::model::Language::De).contains("ein anderes hauswart"));
    assert!(!data.path().join(format!("store.broken-{}", crate::STAMP)).exists());
    let last = writer.kill();
    child::check(&*open_whole(data.path()).store, last);
}
