//! A point: the answer first, then the claims, the rules and the device.

use unicode_width::UnicodeWidthStr;

use super::Words;
use crate::control::Hold;
use crate::control::writer::Stage;
use crate::cycle::explain::{
    ClaimTold, ClosedTold, DeviceTold, Effect, How, PointTold, ProtectedTold, Released, TargetTold,
    WearTold, YieldedTold,
};
use crate::model::priority::usual_meaning;
use crate::model::unit::spoken_length;
use crate::rules::Verb;

impl Words<'_> {
    /// All but what the device makes of it.
    pub(super) fn point(&self, told: &PointTold, lines: &mut Vec<String>) {
        if told.released.is_none() {
            lines.push(format!("{}: {}", told.reading.point, self.input(&told.reading)));
        } else {
            self.answer(told, lines);
        }
        if !self.in_test && told.released.is_some() {
            let reading = self.input(&told.reading);
            lines.push(
                self.language().pick(format!("  gelesen {reading}"), format!("  reads {reading}")),
            );
        }
        for over in told.overrides.iter().filter(|over| !over.active) {
            let (from, until) = (self.moment(over.from), self.moment(over.until));
            let (shown, user) = (&over.shown, &over.user);
            lines.push(self.language().pick(
                format!("  vorgemerkt: {shown} von Hand durch {user}, {from} bis {until}"),
                format!("  to come: {shown} by hand by {user}, {from} until {until}"),
            ));
        }
        self.claims(told, lines);
        self.shadows(told, lines);
        for rule in &told.rules {
            lines.push(String::new());
            self.rule(rule, lines);
        }
        if told.released.is_none() && !told.read_by.is_empty() {
            self.heading(("Gelesen von", "Read by"), lines);
            lines.extend(told.read_by.iter().map(|rule| format!("  {}", self.origin(rule))));
        }
    }

    /// What it is commanded to, since when, and by whom.
    fn answer(&self, told: &PointTold, lines: &mut Vec<String>) {
        let name = &told.reading.point;
        if let Some(every) = told.heartbeat {
            let every = spoken_length(every);
            lines.push(self.language().pick(
                format!(
                    "{name}: Lebenszeichen, wechselt alle {every}, solange Zyklen zu Ende gehen"
                ),
                format!("{name}: heartbeat, toggled every {every} while cycles complete"),
            ));
            return;
        }
        let decision = told.decision.as_ref();
        let since = self.since(decision.and_then(|decision| decision.since));
        let protected = decision.and_then(|decision| decision.protected.as_ref());
        let target = decision.and_then(|decision| decision.target.as_ref());
        let shown = target.map_or(self.pick("niemand stellt ihn", "nobody commands it"), |it| it);
        lines.push(format!("{name}: {shown}{since}"));
        if let Some(ClosedTold { until, by, why }) = &told.out_of_service {
            let until = until.strftime("%d.%m.%Y");
            lines.push(self.language().pick(
                format!("  außer Betrieb bis {until} ({by}: {why}): wird nicht gestellt"),
                format!("  out of service until {until} ({by}: {why}): not commanded"),
            ));
        }
        if let Some(protected) = protected {
            lines.push(format!("  {}", self.protection(protected)));
        } else if target.is_none() {
            return;
        }
        let decides = decision.and_then(|all| all.claims.iter().find(|claim| claim.decides));
        if let Some(claim) = decides {
            let (by, level) = (self.origin(&claim.by), claim.level);
            let until = told.overrides.iter().rfind(|over| over.active);
            let until = until.filter(|_| level == crate::model::Level::Manual);
            let until =
                until.map_or_else(String::new, |over| format!(", {}", self.until(over.until)));
            let wanted = protected.and_then(|it| it.wanted.as_ref());
            let (wants_de, wants) = wanted.map_or_else(Default::default, |wanted| {
                (format!("verlangt ist {wanted} "), format!("wanted is {wanted} "))
            });
            lines.push(self.language().pick(
                format!("  {wants_de}durch {by}, Ebene {level}{until}"),
                format!("  {wants}because of {by}, level {level}{until}"),
            ));
        }
        for note in decision.iter().flat_map(|decision| &decision.notes) {
            lines.push(format!("  {}", note.said(self.language())));
        }
    }

    /// What protection holds back, for how long, and where it says so.
    fn protection(&self, protected: &ProtectedTold) -> String {
        let left = protected.until.map(|until| self.away(until));
        let still = left.as_ref().map_or_else(Default::default, |left| {
            (format!(", noch {left}"), format!(" for another {left}"))
        });
        let (german, english) = match &protected.hold {
            Hold::OnAtLeast(time) => {
                let line = format!("on at least {}", spoken_length(*time));
                (format!("bleibt an{} ({line}", still.0), format!("stays on{} ({line}", still.1))
            }
            Hold::OffAtLeast(time) => {
                let line = format!("off at least {}", spoken_length(*time));
                (format!("bleibt aus{} ({line}", still.0), format!("stays off{} ({line}", still.1))
            }
            Hold::Changes(most) => (
                format!("oft genug geändert{} (change at most {most} per hour", still.0),
                format!("changed often enough{} (change at most {most} per hour", still.1),
            ),
            Hold::Step(by) => (
                format!("so wenig wird nicht gestellt (step at least {by}"),
                format!("so little is not commanded (step at least {by}"),
            ),
            Hold::Ramp(by) => (
                format!("ist unterwegs{} (ramp at most {by} per 1 h", still.0),
                format!("is on its way{} (ramp at most {by} per 1 h", still.1),
            ),
            Hold::AwaitsReading => (
                "wartet auf einen Messwert, um dort zu beginnen (ramp at most".to_owned(),
                "awaits a reading to begin from (ramp at most".to_owned(),
            ),
        };
        let ProtectedTold { file, line, wanted, .. } = protected;
        let place = format!("{file}:{line})");
        let free = if wanted.is_none() {
            self.pick("; danach freigegeben", "; then it is released")
        } else {
            ""
        };
        self.language().pick(
            format!("Schutz: {german}, {place}{free}"),
            format!("protection: {english}, {place}{free}"),
        )
    }

    /// Every claim, highest level first, and the rules that could make one.
    fn claims(&self, told: &PointTold, lines: &mut Vec<String>) {
        let claims = told.decision.iter().flat_map(|decision| &decision.claims);
        let held = told.decision.as_ref().is_some_and(|decision| decision.protected.is_some());
        let mut rows: Vec<(crate::model::Level, [String; 4])> = claims
            .map(|claim| {
                let here = if claim.decides { "▶" } else { " " };
                let level = format!("{here} {}", claim.level);
                let effect = match held && claim.decides {
                    true => self.pick("der Schutz hält zurück", "protection holds it back"),
                    false => self.effect(claim),
                };
                let effect = effect.to_owned();
                (claim.level, [level, self.demand(claim), self.origin(&claim.by), effect])
            })
            .collect();
        rows.extend(told.idle.iter().map(|idle| {
            let nothing = self.pick("verlangt nichts", "asks nothing").to_owned();
            let level = format!("  {}", idle.level);
            (idle.level, [level, "—".to_owned(), self.origin(&idle.rule), nothing])
        }));
        if rows.is_empty() {
            return;
        }
        rows.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
        self.heading(("Wer verlangt was", "Who asks for what"), lines);
        let width =
            |column: usize| rows.iter().map(|(_, row)| row[column].width()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2)];
        for (_, row) in &rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths) {
                let space = " ".repeat(width - cell.width() + 2);
                line.push_str(cell);
                line.push_str(&space);
            }
            line.push_str(&row[3]);
            lines.push(line.trim_end().to_owned());
        }
    }

    /// What would be commanded if a shadow rule counted.
    fn shadows(&self, told: &PointTold, lines: &mut Vec<String>) {
        if told.shadows.is_empty() {
            return;
        }
        self.heading(("Nur gerechnet (shadow)", "Only computed (shadow)"), lines);
        let released = self.pick("freigegeben", "released");
        for shadow in &told.shadows {
            let (rule, level) = (self.origin(&shadow.rule), shadow.level);
            let would = shadow.would.as_deref().unwrap_or(released);
            let now = shadow.decided.as_deref().unwrap_or(released);
            let (german, english) = if would == now {
                ("wie jetzt".to_owned(), "as it is now".to_owned())
            } else {
                (format!("statt {now}"), format!("instead of {now}"))
            };
            lines.push(self.language().pick(
                format!("  {rule}, Ebene {level}: wäre {would}, {german}"),
                format!("  {rule}, level {level}: would be {would}, {english}"),
            ));
        }
    }

    fn demand(&self, claim: &ClaimTold) -> String {
        let shown = &claim.shown;
        match claim.verb {
            Verb::AtLeast => {
                self.language().pick(format!("mindestens {shown}"), format!("at least {shown}"))
            }
            Verb::AtMost => {
                self.language().pick(format!("höchstens {shown}"), format!("at most {shown}"))
            }
            Verb::Set | Verb::Alarm(_) => shown.clone(),
        }
    }

    fn effect(&self, claim: &ClaimTold) -> &'static str {
        let (german, english) = match claim.effect {
            Effect::Sets if claim.decides => ("gilt", "counts"),
            Effect::Sets => ("gilt, wird begrenzt", "counts, is trimmed"),
            Effect::Trims => ("begrenzt", "trims"),
            Effect::Passed => ("eine höhere Ebene geht vor", "a higher level goes first"),
            Effect::Nothing => ("ist ohnehin erfüllt", "is met anyway"),
        };
        self.language().pick(german, english)
    }

    /// What a point is commanded to, and by whom.
    pub(super) fn target(&self, target: &TargetTold) -> String {
        let point = &target.point;
        let released = || self.pick("freigegeben", "released").to_owned();
        let shown = target.shown.clone().unwrap_or_else(released);
        let by = target.by.as_ref().map_or_else(String::new, |by| {
            let by = self.origin(by);
            self.language().pick(format!(", durch {by}"), format!(", because of {by}"))
        });
        format!("{point} {shown}{by}")
    }

    /// What was written and read back, and what happens if we let go.
    pub(super) fn at_device(&self, told: &PointTold, lines: &mut Vec<String>) {
        let Some(released) = &told.released else { return };
        self.heading(("Am Gerät", "At the device"), lines);
        if let Some(device) = &told.device {
            self.written(device, &released.how, lines);
        }
        if let Some(wear) = told.device.as_ref().and_then(|device| device.wear.as_ref()) {
            lines.push(format!("  {}", self.wear(wear)));
        }
        lines.push(format!("  {}", self.released(released)));
    }

    fn written(&self, device: &DeviceTold, ours: &How, lines: &mut Vec<String>) {
        if device.stage == Stage::Free {
            let free = self.pick("von uns steht nichts darin", "nothing of ours stands in it");
            lines.push(format!("  {free}"));
            return;
        }
        if let Some(written) = &device.written {
            let ago = device.written_ago_s.map_or_else(String::new, |ago| self.ago(ago));
            let back = self.read_back(device);
            lines.push(self.language().pick(
                format!("  geschrieben {written} {ago}{back}"),
                format!("  written {written} {ago}{back}"),
            ));
        }
        if let Some(yielded) = &device.yielded {
            lines.push(format!("  {}", self.yielded(yielded)));
        }
        if let Some((slot, value)) = &device.above {
            let meaning = usual_meaning(*slot, self.language());
            let meaning = meaning.map_or_else(String::new, |meaning| format!(" ({meaning})"));
            let ours = match ours {
                How::Slot(slot) => format!(" ({slot})"),
                _ => String::new(),
            };
            lines.push(self.language().pick(
                format!("  Priorität {slot} hält {value}{meaning}; unsere{ours} wartet"),
                format!("  slot {slot} holds {value}{meaning}; ours{ours} waits"),
            ));
        }
        let stage = match device.stage {
            _ if device.by_hand => (
                "der Schalter am Gerät steht auf Hand; es wird nichts geschrieben",
                "the device's switch stands by hand; nothing is written",
            ),
            _ if device.yielded.is_some() => ("", ""),
            _ if device.above.is_some() => ("", ""),
            _ if device.overruled => (
                "am Gerät stellt ein höherer Vorrang; unser Wert gilt danach",
                "a higher priority commands at the device; ours counts after it",
            ),
            Stage::Free | Stage::Confirmed => ("", ""),
            Stage::AwaitsReading => ("wartet auf einen Messwert", "awaits a reading"),
            Stage::Writing => ("noch nicht bestätigt", "not confirmed yet"),
            Stage::Unconfirmed => {
                ("nicht bestätigt; wird weiter versucht", "not confirmed; trying on")
            }
            Stage::Releasing => ("wird freigegeben", "letting go"),
        };
        if !stage.0.is_empty() {
            lines.push(format!("  {}", self.pick(stage.0, stage.1)));
        }
        if let (Some(since), Some(before)) = (device.since, &device.taken_over) {
            let since = self.moment(since);
            lines.push(self.language().pick(
                format!("  übernommen {since}; davor stand {before} darin"),
                format!("  taken over {since}; {before} stood in it before"),
            ));
        }
    }

    fn wear(&self, WearTold { writes, endures, since, waits_until }: &WearTold) -> String {
        let since = since.map(|since| self.moment(since)).unwrap_or_default();
        let waits = waits_until.map_or_else(Default::default, |until| {
            let until = self.moment(until);
            (
                format!("; der neue Wert wartet bis {until}, um es zu schonen"),
                format!("; the new value waits until {until} to spare it"),
            )
        });
        if *writes == 0 {
            return self.language().pick(
                format!("das Register verträgt {endures} Schreibvorgänge, bisher keiner"),
                format!("the register endures {endures} writes, none so far"),
            );
        }
        self.language().pick(
            format!(
                "das Register verträgt {endures} Schreibvorgänge, seit {since} {writes}{}",
                waits.0
            ),
            format!("the register endures {endures} writes, {writes} since {since}{}", waits.1),
        )
    }

    fn yielded(&self, YieldedTold { value, since, until }: &YieldedTold) -> String {
        let (since, until) = (self.moment(*since), self.moment(*until));
        self.language().pick(
            format!("am Gerät von Hand auf {value} gestellt ({since}); bleibt so bis {until}"),
            format!("set to {value} by hand at the device ({since}); left so until {until}"),
        )
    }

    fn read_back(&self, device: &DeviceTold) -> String {
        let Some(back) = &device.read_back else { return String::new() };
        let mark = if device.stage == Stage::Confirmed { " ✓" } else { "" };
        self.language()
            .pick(format!(", zurückgelesen {back}{mark}"), format!(", read back {back}{mark}"))
    }

    fn released(&self, released: &Released) -> String {
        let how = match &released.how {
            How::Slot(slot) => self
                .language()
                .pick(format!("Priorität {slot} wird leer"), format!("priority {slot} is emptied")),
            How::Restore => self
                .pick(
                    "was davor darin stand, wird zurückgeschrieben",
                    "what stood in it before is written back",
                )
                .to_owned(),
            How::Value(value) => self
                .language()
                .pick(format!("{value} wird geschrieben"), format!("{value} is written")),
            How::Action { point, value } => self.language().pick(
                format!("{point} wird auf {value} gestellt"),
                format!("{point} is set to {value}"),
            ),
        };
        let does = match (&released.does, released.pending) {
            (Some(does), _) => {
                self.language().pick(format!("dann gilt {does}"), format!("then {does} holds"))
            }
            (None, true) => self
                .pick(
                    "was dann gilt, ist noch nicht gelesen",
                    "what holds then has not been read yet",
                )
                .to_owned(),
            (None, false) => self
                .pick("was dann gilt, ist nicht bekannt", "what holds then is not known")
                .to_owned(),
        };
        self.language().pick(format!("Freigabe: {how}; {does}"), format!("release: {how}; {does}"))
    }
}
