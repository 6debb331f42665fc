//! What holds from a day on until the next: a period is split where another begins.

use crate::history::Span;

/// The parts of a period, each with what holds in it; `begins` in ms, in order of
/// time. `None`: nothing holds yet.
#[must_use]
pub fn parts<T>(span: Span, all: &[T], begins: impl Fn(&T) -> i64) -> Vec<(Span, Option<&T>)> {
    let mut parts = Vec::new();
    let mut from_ms = span.from_ms;
    let mut holds = None;
    for next in all {
        let begins_ms = begins(next);
        if begins_ms >= span.until_ms {
            break;
        }
        if begins_ms > from_ms {
            parts.push((Span { from_ms, until_ms: begins_ms }, holds));
            from_ms = begins_ms;
        }
        holds = Some(next);
    }
    if from_ms < span.until_ms {
        parts.push((Span { from_ms, until_ms: span.until_ms }, holds));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_split_where_another_begins() {
        let split = |from_ms, until_ms| -> Vec<(i64, i64, Option<i64>)> {
            let parts = parts(Span { from_ms, until_ms }, &[10, 20, 30], |it| *it);
            parts.into_iter().map(|(it, holds)| (it.from_ms, it.until_ms, holds.copied())).collect()
        };
        assert_eq!(split(0, 25), [(0, 10, None), (10, 20, Some(10)), (20, 25, Some(20))]);
        assert_eq!(split(20, 30), [(20, 30, Some(20))]);
        assert_eq!(split(35, 40), [(35, 40, Some(30))]);
        assert_eq!(split(5, 5), []);
    }
}
