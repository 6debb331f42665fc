//! One cycle of 10,000 points under 1,000 rules: evaluation with arbitration,
//! and the writer's comparison, as the daemon does every ten seconds.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends here")]

#[path = "common/town.rs"]
mod town;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use hauswart::control::{Base, Writer};
use hauswart::cycle::{Outcome, Rules, cycle};
use hauswart::model::{Now, Quality, Reading, Snapshot};
use jiff::Timestamp;

fn bench(criterion: &mut Criterion) {
    let (site, program) = town::load(
        &town::site_text(10_000, 502),
        &[town::source("b.rules", &town::rules_text(1_000))],
    );
    let mut rules = Rules::new(program);
    let mut writer = Writer::new(&site.points);
    let mut now =
        Now { wall: Timestamp::from_second(1_770_000_000).unwrap(), steady: Duration::ZERO };
    let mut snapshot = Snapshot::never(now, site.points.len());
    for (index, reading) in snapshot.readings.iter_mut().enumerate() {
        let value = 15.0 + (index % 100) as f64 / 10.0;
        *reading = Reading { value, quality: Quality::Good, at: now };
    }
    let mut outcome = Outcome::default();
    let mut step = |snapshot: &mut Snapshot| {
        now.steady += Duration::from_secs(10);
        now.wall += Duration::from_secs(10);
        snapshot.now = now;
    };
    criterion.bench_function("cycle, 10,000 points, 1,000 rules", |bencher| {
        bencher.iter(|| {
            step(&mut snapshot);
            let base = |_| Base::Unknown;
            cycle(&snapshot, Some(&mut rules), &site.points, &[], &base, &mut outcome);
            black_box(&outcome);
        });
    });
    criterion.bench_function("writer, nothing to do but compare", |bencher| {
        writer.step(&outcome.decisions, &snapshot, &|_| None);
        bencher.iter(|| black_box(writer.step(&outcome.decisions, &snapshot, &|_| None)));
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
