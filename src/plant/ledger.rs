//! Where every joule came from and went to since the model began. The model
//! books each flow once, with the same number that moves its temperatures, so
//! `input - lost` is what the building has stored.

/// Energies, J.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ledger {
    /// Gas burnt, on the superior heating value.
    pub gas: f64,
    /// All electricity: fans, pumps, controllers, lighting, equipment.
    pub electricity: f64,
    pub sun: f64,
    pub people: f64,
    /// What the boiler gave to its water: inside, neither input nor lost.
    pub burner: f64,
    /// What left the boiler into circuits, coil and tank (the heat meter).
    pub delivered: f64,
    /// Part of `delivered`: the two heating circuits.
    pub circuits: [f64; 2],
    /// Part of `delivered`: the air handler's coil.
    pub coil: f64,
    /// Part of `delivered`: hot water.
    pub hot_water: f64,

    pub flue: f64,
    pub boiler_envelope: f64,
    pub transmission: [f64; 2],
    pub infiltration: [f64; 2],
    /// Exhaust air after heat recovery, over outdoor air.
    pub exhaust: f64,
    /// Electricity that warms nothing inside.
    pub electricity_outside: f64,
    pub tank_envelope: f64,
    pub circulation: f64,
    /// Hot water drawn, over cold water.
    pub drawn_off: f64,
}

impl Ledger {
    /// All that came in.
    #[must_use]
    pub fn input(&self) -> f64 {
        self.gas + self.electricity + self.sun + self.people
    }

    /// All that left the building.
    #[must_use]
    pub fn lost(&self) -> f64 {
        self.flue
            + self.boiler_envelope
            + self.transmission.iter().sum::<f64>()
            + self.infiltration.iter().sum::<f64>()
            + self.exhaust
            + self.electricity_outside
            + self.tank_envelope
            + self.circulation
            + self.drawn_off
    }
}
