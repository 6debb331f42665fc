"""What eemeter's daily model says of its sample buildings: python savings.py FOLDER

Writes a file a building: the daily means in °C and what was used, a year before and a
year after a measure, and the saving. Run in an environment of its own (eemeter.txt).
"""

import sys
from pathlib import Path

from eemeter.eemeter import DailyBaselineData, DailyModel, DailyReportingData
from eemeter.eemeter.common.transform import get_baseline_data, get_reporting_data
from eemeter.eemeter.samples import load_sample

BUILDINGS = [
    "il-gas-hdd-only-daily",
    "il-electricity-cdd-hdd-daily",
    "il-electricity-cdd-only-daily",
]


def rows(period, frame):
    frame = frame.dropna(subset=["temperature", "observed"])
    for day, fahrenheit, used in zip(frame.index, frame["temperature"], frame["observed"]):
        celsius = (fahrenheit - 32) / 1.8
        yield f"{period},{celsius:.3f},{int(day.dayofweek < 5)},{used:.3f}\n"


def write(folder, name):
    meter, temperature, about = load_sample(name)
    before, _ = get_baseline_data(meter, end=about["blackout_start_date"], max_days=365)
    after, _ = get_reporting_data(meter, start=about["blackout_end_date"], max_days=365)
    kind = {"is_electricity_data": "electricity" in name}
    before = DailyBaselineData.from_series(before, temperature, **kind)
    after = DailyReportingData.from_series(after, temperature, **kind)
    model = DailyModel().fit(before, ignore_disqualification=True)
    after = model.predict(after, ignore_disqualification=True)
    after = after.dropna(subset=["predicted", "observed"])
    expected, actual = after["predicted"].sum(), after["observed"].sum()
    saved = (expected - actual) / expected
    with (folder / f"{name}.csv").open("w") as file:
        file.write(f"# eemeter 4.1.1, daily model: expected {expected:.3f} kWh, saved {saved:.5f}\n")
        file.write("period,mean_c,occupied,used\n")
        file.writelines(rows("base", before.df))
        file.writelines(rows("after", after))


for building in BUILDINGS:
    write(Path(sys.argv[1]), building)
