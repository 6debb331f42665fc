//! How old a value is said to be: as old as the question, never as young as
//! the answer, for between the two a write or a notification may come.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hauswart::clock::Stepped;
use hauswart::field::{News, Sample};
use hauswart::model::{Clock, PointId};
use hauswart::wire::bacnet::{
    Apdu, ObjectId, PropertyRef, ReadProperty, ReadPropertyAck, ReadPropertyMultiple,
    ReadPropertyMultipleAck, Request, Value, confirmed, property, reject_reason,
};
use jiff::Timestamp;

use crate::own::{Answers, ack, deaf_to_limits, peer, shared, wrap};
use crate::rig::{Net, RARELY, add_analog, add_device, at, site, start_with};

const SECOND: Duration = Duration::from_secs(1);

/// Each answer takes this long on the line, by the test's clock.
const SLOW: Duration = Duration::from_secs(4);

/// Checks that no sample is said to be younger than the moment at which the
/// device was asked for it, nor much older.
fn check(samples: &[Sample], points: &[PointId], asked: &HashMap<u32, Duration>) {
    assert_eq!(samples.len(), points.len());
    for sample in samples {
        let place = points.iter().position(|point| *point == sample.point).unwrap();
        let asked = asked[&(place as u32 + 1)];
        let said = sample.at.steady;
        assert!(said <= asked, "point {place}: asked at {asked:?}, said to be of {said:?}");
        // Two questions may be under way at a time.
        assert!(asked - said <= SLOW * 2, "point {place}: asked at {asked:?}, said {said:?}");
    }
}

/// A slow device; `asked` keeps when each object was asked for last.
fn slow(
    clock: Arc<Stepped>,
    multiple: bool,
    asked: Arc<Mutex<HashMap<u32, Duration>>>,
) -> impl FnMut(Request) -> Answers + Send + 'static {
    let value = |wanted: PropertyRef| match wanted.property {
        property::PRESENT_VALUE => Value::Real(20.0),
        _ => Value::Null,
    };
    deaf_to_limits(move |request| match request.service {
        confirmed::READ_PROPERTY => {
            let ReadProperty { object, property } = ReadProperty::decode(&request.data).unwrap();
            if property.property == property::PRESENT_VALUE {
                asked.lock().unwrap().insert(object.instance(), clock.now().steady);
                clock.advance(SLOW);
            }
            let values = vec![value(property)];
            vec![ack(&request, ReadPropertyAck { object, property, values }.encode())]
        }
        confirmed::READ_PROPERTY_MULTIPLE if multiple => {
            let wanted = ReadPropertyMultiple::decode(&request.data).unwrap();
            let give = |(object, properties): (ObjectId, Vec<PropertyRef>)| {
                asked.lock().unwrap().insert(object.instance(), clock.now().steady);
                let results = properties.into_iter().map(|of| (of, Ok(vec![value(of)])));
                (object, results.collect())
            };
            let objects = wanted.objects.into_iter().map(give).collect();
            clock.advance(SLOW);
            vec![ack(&request, ReadPropertyMultipleAck { objects }.encode())]
        }
        _ => {
            let reason = reject_reason::UNRECOGNIZED_SERVICE;
            vec![wrap(&Apdu::Reject { invoke_id: request.invoke_id, reason })]
        }
    })
}

async fn a_value_is_as_old_as_its_question(multiple: bool) {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND * 5);
    let device = add_device(&mut site, at(net.host(2)));
    // More than three batches' worth.
    let points: Vec<_> =
        (1..=40).map(|object| add_analog(&mut site, device, RARELY, object)).collect();
    let clock = Arc::new(Stepped::new(Timestamp::UNIX_EPOCH));
    let (log, asked) = shared(HashMap::new());
    peer(net.host(2), slow(Arc::clone(&clock), multiple, log)).await;
    let mut driver = start_with(site, clock);
    let polled = loop {
        if let News::Samples(samples) = driver.news().await {
            break samples;
        }
    };
    check(&polled, &points, &std::mem::take(&mut *asked.lock().unwrap()));
    let read = driver.read(&points).await;
    check(&read, &points, &asked.lock().unwrap());
    driver.end().await;
}

#[tokio::test]
async fn a_value_read_alone_is_as_old_as_its_question() {
    a_value_is_as_old_as_its_question(false).await;
}

#[tokio::test]
async fn a_value_read_in_a_batch_is_as_old_as_its_question() {
    a_value_is_as_old_as_its_question(true).await;
}
