//! What rules do: parts, levels, latches, timers, faults, the start.

use crate::town::Bench;

const SETPOINT: &str = "
schedule Nutzung
  Mo-Fr 07:00-17:00
rule \"Raum\"
  when Nutzung   set HK1.Raum_Soll to 20 °C
  else           set HK1.Raum_Soll to 16 °C
";

#[test]
fn the_first_true_part_decides() {
    // A Monday.
    let mut bench = Bench::read(SETPOINT, "2026-03-02T06:59:50");
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 16 °C"]);
    bench.pass(10);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 20 °C"]);
    bench.pass(10 * 3600);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 16 °C"]);
}
