//! The building's dimensions: a town hall of the 1970s in the Rhineland, an
//! office wing (light) and a hall (heavy), one gas boiler, one air handler.
//! Specific values are those of the norms named; everything else is chosen to
//! give about 135 kWh/m² of gas a year, as such buildings use.

/// Specific heat of water, J/(kg K).
pub const WATER_J_KG_K: f64 = 4_186.0;
/// Heat capacity of air, J/(m³ K) (ISO 13790:2008, 9.3.1: 1 200).
pub const AIR_J_M3_K: f64 = 1_200.0;
/// Superior heating value of natural gas H, J/m³ (10.3 kWh/m³).
pub const GAS_J_M3: f64 = 10.3 * 3.6e6;
/// CO2 of the outdoor air, ppm.
pub const OUTDOOR_CO2_PPM: f64 = 420.0;
/// Boiler room and cellar, °C.
pub const CELLAR_C: f64 = 18.0;
/// Cold water, °C.
pub const COLD_WATER_C: f64 = 11.0;

/// One zone and its heating surface.
#[derive(Debug, Clone, Copy)]
pub struct Zone {
    pub area_m2: f64,
    pub volume_m3: f64,
    /// Air and furniture, J/K: three times the air alone.
    pub air_j_k: f64,
    /// Structure, J/K (ISO 13790:2008, table 12: light 110, heavy 260 kJ/(m² K)).
    pub mass_j_k: f64,
    /// Air to structure, W/K: the star node of ISO 13790 annex C eliminated,
    /// so 3.45 W/(m² K) over 4.5 A and 9.1 W/(m² K) over 2.5 A (heavy 3.0 A)
    /// in series.
    pub air_mass_w_k: f64,
    /// Windows and doors, air to outside, W/K.
    pub window_w_k: f64,
    /// Opaque parts, structure to outside, W/K.
    pub opaque_w_k: f64,
    /// Infiltration, air changes an hour.
    pub infiltration_per_h: f64,
    /// Window area × g × frame × façade factor (0.55 of the horizontal, a
    /// rough mean over four orientations), m².
    pub aperture_m2: f64,
    /// Heating surface at 50 K above the room, W (EN 442, exponent 1.3).
    pub emitter_w: f64,
    /// Water and metal of the heating surface, J/K.
    pub emitter_j_k: f64,
    /// Water through the heating surface at full valve, kg/s.
    pub flow_kg_s: f64,
}

const fn series(a: f64, b: f64) -> f64 {
    a * b / (a + b)
}

/// Offices, hall.
pub const ZONES: [Zone; 2] = [
    Zone {
        area_m2: 900.0,
        volume_m3: 2_700.0,
        air_j_k: 3.0 * 2_700.0 * AIR_J_M3_K,
        mass_j_k: 110e3 * 900.0,
        air_mass_w_k: series(3.45 * 4.5 * 900.0, 9.1 * 2.5 * 900.0),
        window_w_k: 380.0,
        opaque_w_k: 720.0,
        infiltration_per_h: 0.4,
        aperture_m2: 42.0,
        emitter_w: 90e3,
        emitter_j_k: 2.0e6,
        flow_kg_s: 1.2,
    },
    Zone {
        area_m2: 500.0,
        volume_m3: 2_500.0,
        air_j_k: 3.0 * 2_500.0 * AIR_J_M3_K,
        mass_j_k: 260e3 * 500.0,
        air_mass_w_k: series(3.45 * 4.5 * 500.0, 9.1 * 3.0 * 500.0),
        window_w_k: 170.0,
        opaque_w_k: 480.0,
        infiltration_per_h: 0.2,
        aperture_m2: 20.0,
        emitter_w: 60e3,
        emitter_j_k: 1.4e6,
        flow_kg_s: 0.8,
    },
];

/// Above this room temperature people draw the blinds and, where it is cooler
/// outside, open windows; fully so 2 K higher.
pub const WARM_C: f64 = 24.0;
/// What drawn blinds still let in, and the air changes an hour of open windows.
pub const BLINDS: f64 = 0.4;
pub const OPEN_WINDOWS_PER_H: f64 = 2.5;

/// Air to air between the zones, W/K.
pub const BETWEEN_ZONES_W_K: f64 = 150.0;

/// The condensing gas boiler.
pub mod boiler {
    pub const POWER_W: f64 = 150e3;
    /// Lowest burner load, share of the full one.
    pub const LOWEST_LOAD: f64 = 0.2;
    /// Water and metal, J/K.
    pub const CAPACITY_J_K: f64 = 1.6e6;
    /// Stand-by loss to the boiler room, W/K (about 0.7 % of the rated power
    /// at 50 K; EN 15316-4-1, stand-by heat loss).
    pub const LOSS_W_K: f64 = 21.0;
    /// Efficiency on the superior heating value at 60 °C return, and its gain
    /// with a colder return, 1/K (EN 15316-4-1, case-specific method:
    /// correction factor 0.2 %/K for condensing boilers).
    pub const EFFICIENCY_AT_60: f64 = 0.88;
    pub const EFFICIENCY_PER_K: f64 = 0.002;
    pub const EFFICIENCY_BEST: f64 = 0.96;
    /// Flow limits, °C. The lower is held day and night, as found.
    pub const LOWEST_C: f64 = 50.0;
    pub const HIGHEST_C: f64 = 82.0;
    /// Electricity: controller always, fan and gas valve while burning, W.
    pub const AUXILIARY_W: f64 = 25.0;
    pub const BURNING_W: f64 = 160.0;
}

/// The hot-water tank.
pub mod tank {
    use super::WATER_J_KG_K;
    pub const CAPACITY_J_K: f64 = 1_000.0 * WATER_J_KG_K;
    /// Charging coil, W/K.
    pub const COIL_W_K: f64 = 2_600.0;
    /// Stand-by loss, W/K (about 3.5 kWh/d at 45 K).
    pub const LOSS_W_K: f64 = 3.3;
    /// Circulation pipes while their pump runs, W/K (60 m at 0.3 W/(m K)).
    pub const CIRCULATION_W_K: f64 = 18.0;
    pub const CHARGE_PUMP_W: f64 = 110.0;
    pub const CIRCULATION_PUMP_W: f64 = 45.0;
}

/// Pumps of a heating circuit in the boiler room and of its zone, W.
pub const CIRCUIT_PUMP_W: [f64; 2] = [190.0, 140.0];
pub const ZONE_PUMP_W: [f64; 2] = [90.0, 70.0];

/// The air handler of the hall.
pub mod air {
    /// Air at full fan, m³/s, and the share of it by stage (off, 1, 2, 3).
    pub const FULL_M3_S: f64 = 4_000.0 / 3_600.0;
    pub const STAGES: [f64; 4] = [0.0, 0.4, 0.7, 1.0];
    /// Both fans at full speed, W; the power goes with the cube of the flow
    /// (affinity laws). Half of it warms the supply air.
    pub const FANS_W: f64 = 4_200.0;
    pub const CONTROLLER_W: f64 = 30.0;
    /// Temperature ratio of the heat recovery (EN 308), wheel with bypass.
    pub const RECOVERY: f64 = 0.65;
    /// Heating coil, W/K of boiler flow over entering air.
    pub const COIL_W_K: f64 = 900.0;
}
