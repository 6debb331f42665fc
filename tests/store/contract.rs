//! What the trait promises on a sound disk.

use hauswart::model::Language;
use hauswart::store::memory;
use hauswart::store::records::{
    CommandRecord, OverrideRecord, ReleaseRecord, TargetRecord, list_commands, list_overrides,
    next_override, put_commands, put_override, remove_commands, remove_override,
};
use hauswart::store::{Batch, LARGEST_KEY, LARGEST_VALUE, StoreError, open};

use crate::{STAMP, open_whole};

#[test]
fn what_was_applied_is_there_after_closing_and_in_order() {
    let data = tempfile::tempdir().unwrap();
    let opened = open_whole(data.path());
    let mut batch = Batch::new();
    for name in ["b/2", "a/1", "b/1", "c"] {
        batch.put(name, format!("value of {name}"));
    }
    batch.remove("c");
    opened.store.apply(&batch).unwrap();
    drop(opened);
    let store = open_whole(data.path()).store;
    let entry = |name: &str| (name.as_bytes().to_vec(), format!("value of {name}").into_bytes());
    assert_eq!(store.scan(b"b/").unwrap(), [entry("b/1"), entry("b/2")]);
    assert_eq!(store.get(b"c").unwrap(), None);
    assert_eq!(store.scan(b"").unwrap().len(), 3);
}

#[test]
fn what_is_too_large_is_refused_whole() {
    let data = tempfile::tempdir().unwrap();
    let store = open_whole(data.path()).store;
    let mut batch = Batch::new();
    batch.put("small", "x");
    batch.put("large", vec![0; LARGEST_VALUE]);
    let error = store.apply(&batch).unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { value: LARGEST_VALUE, .. }), "{error}");
    assert_eq!(store.get(b"small").unwrap(), None);
    let mut batch = Batch::new();
    batch.put("large", vec![0; LARGEST_VALUE - 1]);
    store.apply(&batch).unwrap();
}

/// sled's blobs are files of their own, which no `fsync` of ours reaches: the
/// largest keys and values allowed, changed in every order, must not make one.
#[test]
fn sled_never_puts_anything_beside_its_one_file() {
    let data = tempfile::tempdir().unwrap();
    let store = open_whole(data.path()).store;
    let key = |number: u32| format!("{number:0width$}", width = LARGEST_KEY - 1);
    let large = vec![7; LARGEST_VALUE - 1];
    let blobs = || std::fs::read_dir(data.path().join("store/blobs")).unwrap().count();
    for round in 0..6_u32 {
        let mut batch = Batch::new();
        for number in 0..120 {
            // 7919 is a prime: the order of keys is another in each round.
            batch.put(key((number * (round * 7919 + 1)) % 600), large.as_slice());
        }
        store.apply(&batch).unwrap();
        assert_eq!(blobs(), 0, "round {round}");
    }
    let mut batch = Batch::new();
    for number in 0..3000 {
        batch.put(format!("{}{}", "x".repeat(LARGEST_KEY - 6), number + 10_000), "");
    }
    store.apply(&batch).unwrap();
    for number in 0..600 {
        let mut batch = Batch::new();
        batch.remove(key(number));
        store.apply(&batch).unwrap();
    }
    assert_eq!(blobs(), 0, "index pages and merges");
}

#[test]
fn a_newer_folder_is_refused_and_left_alone() {
    let data = tempfile::tempdir().unwrap();
    drop(open_whole(data.path()));
    let format = data.path().join("format");
    assert_eq!(std::fs::read_to_string(&format).unwrap(), "format = 1\n");
    std::fs::write(&format, "format = 2\n").unwrap();
    let error = open(data.path(), STAMP).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 2, .. }), "{error}");
    assert!(error.words(Language::De).contains("neueren hauswart (format = 2"), "{error}");
    std::fs::write(&format, "rubbish").unwrap();
    let error = open(data.path(), STAMP).unwrap_err();
    assert!(matches!(error, StoreError::FormatUnreadable { .. }), "{error}");
    std::fs::write(&format, "format = 1\n").unwrap();
    open_whole(data.path());
}

#[test]
fn one_process_may_open_it_once() {
    let data = tempfile::tempdir().unwrap();
    let first = open_whole(data.path());
    assert!(matches!(open(data.path(), STAMP), Err(StoreError::InUse { .. })));
    drop(first);
    open_whole(data.path());
}

fn command(point: &str, value: f64) -> CommandRecord {
    CommandRecord {
        point: point.into(),
        value,
        before: vec![19.0],
        release: ReleaseRecord::Action { point: "Haus.HK1.Ebene".into(), value: 1.0 },
        taken_over: Some(21.5),
        since: "2026-03-02T03:00:00Z".parse().unwrap(),
        yielded: None,
    }
}

#[test]
fn records_come_back_as_they_went_in_and_an_unreadable_one_hides_no_other() {
    let data = tempfile::tempdir().unwrap();
    let opened = open_whole(data.path());
    let store = &*opened.store;
    let commands = [command("Haus.HK1.Vorlauf", 0.1 + 0.2), command("Haus.HK2.Vorlauf", 60.0)];
    put_commands(store, &commands, &[]).unwrap();
    put_commands(store, &commands[..1], &[]).unwrap();
    assert_eq!(list_commands(store).unwrap().records, commands);
    let mut batch = Batch::new();
    batch.put("command/Haus.HK1.Alt", "{ \"point\":");
    store.apply(&batch).unwrap();
    let listed = list_commands(store).unwrap();
    assert_eq!(listed.records, commands);
    assert!(listed.unreadable[0].to_string().contains("command/Haus.HK1.Alt"));
    remove_commands(store, ["Haus.HK1.Vorlauf", "Haus.HK1.Alt"]).unwrap();
    assert_eq!(list_commands(store).unwrap().records, commands[1..]);
}

#[test]
fn overrides_keep_their_order_and_no_id_is_given_twice() {
    let data = tempfile::tempdir().unwrap();
    let opened = open_whole(data.path());
    let store = &*opened.store;
    let record = |id| OverrideRecord {
        id,
        target: TargetRecord::Point("Halle.HK1.Soll".into()),
        value: 20.0,
        from: "2026-03-01T17:00:00Z".parse().unwrap(),
        until: "2026-03-01T21:00:00Z".parse().unwrap(),
        user: "meier".into(),
        why: "Elternabend".into(),
    };
    for wanted in 1..=12 {
        let id = next_override(store).unwrap();
        assert_eq!(id, wanted);
        put_override(store, &record(id)).unwrap();
    }
    let ids = || -> Vec<u64> {
        list_overrides(store).unwrap().records.iter().map(|record| record.id).collect()
    };
    assert_eq!(ids(), (1..=12).collect::<Vec<_>>());
    remove_override(store, 12).unwrap();
    assert_eq!(next_override(store).unwrap(), 13);
    assert_eq!(ids(), (1..=11).collect::<Vec<_>>());
    put_override(store, &OverrideRecord { value: 18.0, ..record(3) }).unwrap();
    assert_eq!(list_overrides(store).unwrap().records[2].value, 18.0);
}

#[test]
fn an_override_says_of_what_it_is() {
    let data = tempfile::tempdir().unwrap();
    let opened = open_whole(data.path());
    let record = OverrideRecord {
        id: 1,
        target: TargetRecord::Schedule("Halle.Belegung".into()),
        value: 1.0,
        from: "2026-03-01T17:00:00Z".parse().unwrap(),
        until: "2026-03-01T21:00:00Z".parse().unwrap(),
        user: "meier".into(),
        why: String::new(),
    };
    put_override(&*opened.store, &record).unwrap();
    let (_, value) = opened.store.scan(b"override/").unwrap().remove(0);
    let text = String::from_utf8(value).unwrap();
    assert!(text.contains(r#""schedule":"Halle.Belegung""#), "{text}");
    assert_eq!(list_overrides(&*opened.store).unwrap().records, [record]);
    // As they were written before there were any of schedules.
    let old = text.replace("schedule", "point");
    let target = serde_json::from_str::<OverrideRecord>(&old).unwrap().target;
    assert_eq!(target, TargetRecord::Point("Halle.Belegung".into()));
}

#[test]
fn what_rules_remember_comes_back_with_the_time_it_was_written() {
    let data = tempfile::tempdir().unwrap();
    let opened = open_whole(data.path());
    let store = &*opened.store;
    assert!(memory::recall(store).unwrap().at.is_none());
    let at = "2026-03-01T17:00:00Z".parse().unwrap();
    // Names of any length make keys that are none too long.
    let long = "ä".repeat(5000);
    let keys: Vec<String> = (0..2500).map(|n| memory::key(&long, n)).collect();
    let put: Vec<_> = keys.iter().map(|key| (key.clone(), Some(b"1".to_vec()))).collect();
    memory::remember(store, &put, at).unwrap();
    assert_eq!(memory::recall(store).unwrap().entries.len(), 2500);
    let later = "2026-03-01T18:00:00Z".parse().unwrap();
    memory::remember(store, &[(keys[7].clone(), None)], later).unwrap();
    let remembered = memory::recall(store).unwrap();
    assert_eq!(remembered.at, Some(later));
    assert_eq!(remembered.entries.len(), 2499);
    assert!(!remembered.entries.contains_key(&keys[7]));
    memory::remember(store, &[], at).unwrap();
    assert_eq!(memory::recall(store).unwrap().at, Some(at));
}
