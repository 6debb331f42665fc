//! A site file with every word of the format, and what becomes of each.

use std::path::Path;
use std::time::Duration;

use hauswart::model::diagnostic::Source;
use hauswart::model::{AlarmClass, Kind, Language, Point, Quantity, Release, Role};
use hauswart::site::{
    self, BacnetAddress, BacnetSource, Carrier, DeviceAddress, Direction, JobPeriod, MeterSource,
    ModbusSource, ModbusWrite, Parity, PointSource, Reload, Secret, Serves, Site, Transport, Usage,
};
use hauswart::wire::modbus::{DataType, Order, Table};
use jiff::civil::date;

fn whole() -> Site {
    let loaded = site::read(Path::new("tests/site/whole/site.toml")).unwrap();
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    loaded.site.unwrap()
}

fn point<'a>(site: &'a Site, name: &str) -> (&'a Point, &'a PointSource) {
    let id = site.points.find(name).unwrap_or_else(|| panic!("no point {name}"));
    (site.points.get(id), &site.sources[id.index()])
}

fn modbus<'a>(site: &'a Site, name: &str) -> &'a ModbusSource {
    match point(site, name).1 {
        PointSource::Modbus(source) => source,
        PointSource::Bacnet(_) => panic!("{name} is no Modbus point"),
    }
}

fn bacnet<'a>(site: &'a Site, name: &str) -> &'a BacnetSource {
    match point(site, name).1 {
        PointSource::Bacnet(source) => source,
        PointSource::Modbus(_) => panic!("{name} is no BACnet point"),
    }
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_site_and_its_buildings() {
    let site = whole();
    let here = std::env::current_dir().unwrap().join("tests/site/whole");
    assert_eq!((site.name.as_str(), site.title.as_str()), ("Musterstadt", "Stadt Musterstadt"));
    assert_eq!(site.time_zone.iana_name(), Some("Europe/Vienna"));
    assert_eq!(site.postcode.as_deref(), Some("01067"));
    assert_eq!((site.language, site.read_only), (Language::En, true));
    assert_eq!((site.cycle, site.grace), (s(5), s(180)));
    assert_eq!(site.data, Path::new("/var/lib/hauswart"));
    assert_eq!(site.rules, here.join("regeln"));
    assert_eq!(site.reload, Reload::ByHand);
    let [hall, school] = site.buildings.as_slice() else { panic!() };
    assert_eq!(hall.areas.nuf, Some(2100.0));
    assert_eq!((hall.areas.ngf, hall.areas.bgf), (Some(2650.0), Some(2980.0)));
    assert_eq!((hall.usage, hall.year), (Some(Usage::Administration), Some(1974)));
    assert_eq!(hall.occupancy.as_ref().unwrap().schedule, "Nutzung");
    assert_eq!((school.title.as_str(), school.usage), ("Schule", Some(Usage::School)));
}

#[test]
fn the_connections() {
    let site = whole();
    let [tcp, serial, gateway, net] = site.connections.as_slice() else { panic!() };
    assert_eq!(tcp.timeout, Duration::from_millis(500));
    assert!(
        matches!(&tcp.transport, Transport::ModbusTcp { host, port: 502 } if host == "kessel.rathaus")
    );
    let Transport::ModbusRtu(line) = &serial.transport else { panic!() };
    assert_eq!((line.path.as_str(), line.baud), ("/dev/ttyUSB0", 9600));
    assert_eq!((line.parity, line.stop_bits), (Parity::None, 2));
    assert!(
        matches!(&gateway.transport, Transport::ModbusRtuOverTcp { host, port: 4001 } if host == "10.0.0.7")
    );
    assert_eq!((gateway.timeout, net.timeout), (s(1), s(3)));
    let Transport::BacnetIp(network) = &net.transport else { panic!() };
    assert_eq!(network.bind.to_string(), "10.0.0.5:47808");
    assert_eq!(network.broadcast.unwrap().to_string(), "10.0.0.255");
    assert_eq!(network.instance, Some(4000));
    let foreign = network.foreign.as_ref().unwrap();
    assert_eq!((foreign.bbmd.to_string().as_str(), foreign.ttl), ("10.1.0.1:47808", s(120)));
}

#[test]
fn a_device_of_a_template_with_a_variant_and_its_own_words() {
    let site = whole();
    let device = &site.devices[0];
    assert_eq!(device.address, DeviceAddress::Modbus { unit: 17 });
    assert_eq!((device.template.as_deref(), device.watchdog_fed_by_reads), (Some("eigen"), true));
    let limits = &device.modbus;
    assert_eq!((limits.max_registers, limits.max_bits, limits.max_gap), (20, 50, 2));
    assert_eq!(limits.holes, [(Table::Holding, 4, 5)]);
    assert_eq!(limits.pause, Duration::from_millis(100));
    let names: Vec<&str> =
        device.points.iter().map(|id| site.points.get(*id).name.as_str()).collect();
    let expected = ["Soll", "Fern", "Schalter", "Neu"].map(|name| format!("Rathaus.Pumpe.{name}"));
    assert_eq!(names, expected, "Fehlt is absent");

    let (set, _) = point(&site, "Rathaus.Pumpe.Soll");
    let source = modbus(&site, "Rathaus.Pumpe.Soll");
    assert_eq!((source.read, source.order), (Some((Table::Holding, 30)), Order::Badc));
    assert_eq!((set.role, set.poll), (Role::Pump, s(30)));
    let names = ["Rathaus.Pumpe.Sollwert", "Rathaus.Altpumpe.Soll"];
    assert_eq!(set.formerly, names);
    let command = set.command.as_ref().unwrap();
    assert_eq!(command.limits, Some((10.0, 90.0)));
    assert_eq!((command.floor, command.ceiling), (Some(20.0), Some(80.0)));
    assert_eq!((command.released, command.tolerance), (Some(50.0), 2.0));
    assert_eq!((command.hold_on_stop, command.min_write_interval), (true, s(10)));
    let remote = site.points.find("Rathaus.Pumpe.Fern").unwrap();
    assert_eq!(command.release, Release::Action { point: remote, value: 0.0 });
    let switch = site.points.find("Rathaus.Pumpe.Schalter").unwrap();
    assert_eq!(set.by_hand, Some((switch, vec![1.0])));
    let ran = [(1, s(36_000)), (0, s(1800))];
    assert_eq!(point(&site, "Rathaus.Pumpe.Schalter").0.hours, ran);
    assert_eq!(point(&site, "Rathaus.Pumpe.Neu").0.pulse, Some(switch));
    let remote = modbus(&site, "Rathaus.Pumpe.Fern");
    assert_eq!(remote.write.as_ref().unwrap().states, [(0, 0), (1, 1)]);
    assert!(point(&site, "Rathaus.Pumpe.Fern").0.command.is_none());
    assert_eq!(point(&site, "Rathaus.Pumpe.Neu").0.poll, s(5));
    assert_eq!(point(&site, "Rathaus.Pumpe.Fern").0.poll, s(30));
}

#[test]
fn points_of_a_device_without_template() {
    let site = whole();
    let energy = modbus(&site, "Schule.Zaehler.Energie");
    assert_eq!((energy.data, energy.order), (DataType::U64, Order::Cdab));
    assert!((energy.scale - 36_000.0).abs() < 1e-6, "0.01 kWh in J");
    assert_eq!(energy.invalid, [u64::MAX, u64::MAX]);
    let temperature = modbus(&site, "Schule.Zaehler.Temp");
    assert_eq!((temperature.scale, temperature.offset), (0.01, -273.15));
    let (point_, _) = point(&site, "Schule.Zaehler.Temp");
    assert_eq!(
        (point_.range, point_.kind.quantity()),
        (Some((-20.0, 50.0)), Some(Quantity::CELSIUS))
    );
    let alarm = modbus(&site, "Schule.Zaehler.Stoerung");
    assert_eq!((alarm.bit, alarm.write.as_ref(), alarm.data), (Some(3), None, DataType::U16));
    let stage = modbus(&site, "Schule.Zaehler.Stufe");
    assert_eq!(stage.states, [(0, 0), (1, 1), (2, 1), (3, 2)]);
    let write = ModbusWrite {
        table: Table::Holding,
        address: 11,
        multiple: true,
        states: vec![(0, 10), (1, 11), (2, 12)],
    };
    assert_eq!(stage.write, Some(write));
    let kettle = site::read(Path::new("rules/demo/site.toml")).unwrap().site.unwrap();
    let mode = kettle.points.find("Rathaus.Kessel.RK1_Betriebsart").unwrap();
    let takes = [0, 1, 2, 3].map(|state| kettle.takes_state(mode, state));
    assert_eq!(takes, [false, true, true, true], "auto is only read");
    let (point_, _) = point(&site, "Schule.Zaehler.Stufe");
    assert_eq!(point_.kind, Kind::States(["0", "1", "2"].map(Into::into).into()));
    let command = point_.command.as_ref().unwrap();
    assert_eq!((command.release, command.keep_alive), (Release::Value(1.0), Some(s(60))));
}

#[test]
fn a_bacnet_device_behind_a_router() {
    let site = whole();
    let address =
        BacnetAddress { instance: Some(1003), address: None, routed: Some((5, vec![12])) };
    assert_eq!(site.devices[2].address, DeviceAddress::Bacnet(address));
    let supply = bacnet(&site, "Rathaus.RLT1.Zuluft_Soll");
    assert_eq!((supply.object, supply.property, supply.cov), ((2, 17), 85, true));
    let command = point(&site, "Rathaus.RLT1.Zuluft_Soll").0.command.as_ref().unwrap();
    assert_eq!(command.release, Release::Slot(10));
    let stage = point(&site, "Rathaus.RLT1.Stufe").0.command.as_ref().unwrap();
    assert_eq!(stage.release, Release::Restore);
    assert_eq!(bacnet(&site, "Rathaus.RLT1.Stufe").states, [(1, 0), (2, 1), (3, 2), (4, 3)]);
    assert_eq!(bacnet(&site, "Rathaus.RLT1.Filter").states, [(0, 0), (1, 1)]);
    let hours = bacnet(&site, "Rathaus.RLT1.Laufzeit");
    assert_eq!((hours.property, hours.array_index), (33, Some(0)));
    assert!((hours.scale - 1.0).abs() < 1e-9, "seconds stay seconds inside");
}

#[test]
fn the_meters() {
    let site = whole();
    let [main, kitchen, gas] = site.meters.as_slice() else { panic!() };
    let counter = site.points.find("Schule.Zaehler.Energie").unwrap();
    assert_eq!((main.building, main.source, main.parent), (1, MeterSource::Counter(counter), None));
    assert_eq!((main.carrier, main.direction), (Carrier::Electricity, Direction::Import));
    assert_eq!(main.serves, [Serves::All]);
    assert_eq!((kitchen.source, kitchen.parent), (MeterSource::Counter(counter), Some(0)));
    assert_eq!(kitchen.serves, [Serves::Kitchen, Serves::Lighting]);
    assert_eq!((kitchen.direction, kitchen.hot_water_included), (Direction::Export, Some(false)));
    assert_eq!((gas.source, gas.unit.symbol.as_str()), (MeterSource::Dial, "m³"));
    assert_eq!((gas.rolls_over, gas.factor), (Some(100_000.0), 1.0));
    assert!((gas.load.unwrap() - 25.0 / 3600.0).abs() < 1e-12);
    let replaced: Vec<_> =
        gas.replaced.iter().map(|it| (it.at.to_string(), it.end, it.factor)).collect();
    // In order of time; a day alone means its noon.
    assert_eq!(replaced[0], ("2025-03-12T11:00:00Z".into(), 99_990.0, None));
    assert_eq!(replaced[1], ("2026-03-12T09:00:00Z".into(), 48_210.5, Some(2.0)));
    let [old, new] = gas.conversions.as_slice() else { panic!() };
    assert_eq!(old.begins.to_string(), "2024-12-31T23:00:00Z");
    assert!((new.joules() / 3.6e6 - 0.9542 * 11.2).abs() < 1e-9);
}

#[test]
fn a_register_of_whole_numbers_tells_where_it_begins_again() {
    let site = site::read(Path::new("rules/demo/site.toml")).unwrap().site.unwrap();
    let meter = |name| site.meters.iter().find(|meter| meter.name == name).unwrap();
    let heat = meter("Waerme");
    let kwh = |joules: Option<f64>| joules.map(|joules| (joules / 3.6e6 * 1e3).round() / 1e3);
    assert_eq!((kwh(heat.step), kwh(heat.rolls_over)), (Some(0.1), Some(429_496_729.6)));
    // Floating-point numbers do not say.
    assert_eq!((meter("Strom").step, meter("Strom").rolls_over), (None, None));
}

#[test]
fn half_a_register_step_counts_as_equal() {
    let loaded = site::read(Path::new("rules/demo/site.toml")).unwrap();
    let site = loaded.site.unwrap();
    let tolerance = |name| point(&site, name).0.command.as_ref().unwrap().tolerance;
    let hot_water = tolerance("Rathaus.Kessel.WW_Soll");
    assert!((0.05..0.0501).contains(&hot_water), "half of 0.1 K: {hot_water}");
    assert_eq!(tolerance("Rathaus.Kessel.RK1_Betriebsart"), 0.0);
}

#[test]
fn what_reports_need() {
    let site = whole();
    let here = std::env::current_dir().unwrap().join("tests/site/whole");
    let report = &site.report;
    assert_eq!(report.greenhouse.as_deref(), Some("Stadtwerke"));
    let files = [here.join("faktoren/stadtwerke.toml"), "/srv/faktoren.toml".into()];
    assert_eq!(report.factor_files, files);
    assert_eq!(report.reference, Some((date(2024, 1, 1), date(2024, 12, 31))));
    let [hall, school] = site.buildings.as_slice() else { panic!() };
    assert_eq!(hall.reference, Some((date(2023, 5, 1), date(2024, 4, 30))));
    assert_eq!((hall.hot_water_c, school.reference, school.hot_water_c), (Some(60.0), None, None));
    assert_eq!(site.meters[0].made_of.as_deref(), Some("electricity-near-building"));
    assert_eq!(site.meters[2].made_of, None);
    let weather = &report.weather;
    assert_eq!(weather.dwd, [here.join("wetter/produkt_klima_tag_2023.txt")]);
    let norm = weather.norm.as_ref().unwrap();
    assert_eq!((norm.station.as_str(), norm.degree_days), ("1975", 3393.0), "as its file has it");
    assert_eq!(norm.source, "DWD 1991–2020");
    let sensor = weather.sensor.unwrap();
    assert_eq!(site.points.get(sensor.point).name, "Schule.Zaehler.Temp");
    assert_eq!(sensor.too_warm_k, Some(0.8));
    assert_eq!(weather.climate_factors, [(2024, 1.08), (2025, 1.02)]);
}

#[test]
fn tariffs_and_jobs() {
    let site = whole();
    let [power, gas] = site.report.tariffs.as_slice() else { panic!() };
    assert_eq!((power.carrier, power.meters.as_slice()), (Carrier::Electricity, [0].as_slice()));
    let [old, new] = power.prices.as_slice() else { panic!("in order of time") };
    assert_eq!(
        (old.from, old.begins.to_string().as_str()),
        (date(2025, 1, 1), "2024-12-31T23:00:00Z")
    );
    assert!((old.work - 0.284).abs() < 1e-12);
    assert_eq!((old.base, old.demand), (365.0, 95.0));
    assert_eq!((new.work, new.base, new.demand), (0.29, 180.0, 0.0));
    assert_eq!((gas.name.as_str(), gas.meters.len()), ("Gas", 0), "all that no other names");
    assert!((gas.prices[0].work - 0.098).abs() < 1e-12);
    let [month, year] = site.report.jobs.as_slice() else { panic!() };
    assert_eq!((month.name.as_str(), month.at.as_str()), ("Monatsbericht Klima", "30 6 2 * *"));
    assert_eq!(
        (month.period, month.buildings.as_slice()),
        (JobPeriod::LastMonth, [1, 0].as_slice())
    );
    assert_eq!(
        (&month.forms[..], month.language),
        (&["pdf", "xlsx"].map(String::from)[..], Some(Language::De))
    );
    let here = std::env::current_dir().unwrap().join("tests/site/whole");
    assert_eq!(month.folder, here.join("berichte/monat"));
    assert_eq!((year.period, year.language, year.buildings.len()), (JobPeriod::LastYear, None, 0));
    assert_eq!(year.folder, Path::new("/var/lib/hauswart/berichte"));
}

/// The block of the README that has this table.
fn of_readme(table: &str) -> String {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let blocks = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.into_iter().find(|block| block.contains(table)).unwrap().to_owned()
}

#[test]
fn reports_as_the_readme_has_them() {
    let block = of_readme("[report]");
    let head = "format = 1\n[site]\nname = \"M\"\n[alarms.mail]\nserver = \"smtp.musterstadt.de\"\nfrom = \"h@musterstadt.de\"\n[[alarms.recipient]]\nmail = \"h@musterstadt.de\"\n";
    let device = "[[connection]]\nname = \"modbus\"\ntype = \"modbus-tcp\"\naddress = \"10.0.0.8\"\n[[device]]\nname = \"Kessel\"\nconnection = \"modbus\"\ntemplate = \"samson-trovis-5576\"\nunit = 1\n[[meter]]\nname = \"Strom\"\nunit = \"kWh\"\ncarrier = \"electricity\"\n";
    let source = Source { file: "site.toml".into(), text: format!("{head}{block}{device}").into() };
    let loaded = site::load(&source, Path::new("/anlage"), &[]);
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    let site = loaded.site.unwrap();
    assert_eq!((site.report.tariffs.len(), site.report.jobs.len()), (1, 1));
    assert_eq!(site.meters[0].made_of.as_deref(), Some("district-heat-chp-gas"));
}

#[test]
fn who_hears_of_alarms_as_the_readme_has_it() {
    let block = of_readme("[alarms]");
    let text =
        format!("format = 1\n[site]\nname = \"M\"\n{block}\n[[building]]\nname = \"Rathaus\"\n");
    let source = Source { file: "site.toml".into(), text: text.into() };
    let loaded = site::load(&source, Path::new("/anlage"), &[]);
    let site = loaded.site.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    let alarms = &site.alarms;
    let server = alarms.mail.as_ref().unwrap();
    assert_eq!((server.host.as_str(), server.port), ("smtp.musterstadt.de", 587));
    assert_eq!(server.login.as_ref().unwrap().1, Secret::Credential("smtp".into()));
    let labels: Vec<&str> = alarms.recipients.iter().map(site::Recipient::label).collect();
    assert_eq!(labels[2], "https://chat.musterstadt.de/hooks/haus");
    assert_eq!(alarms.recipients[0].classes, [AlarmClass::Urgent, AlarmClass::Fault]);
    assert_eq!(alarms.recipients[1].on_call.as_ref().unwrap().schedule, "Bereitschaft");
    assert_eq!(alarms.life_sign.as_ref().unwrap().every.as_secs(), 300);
}
