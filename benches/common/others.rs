//! The bare conditions of the district's rules in other evaluators, each as it
//! is meant to be used where speed matters: parsed once, the variables of a
//! circuit in a scope of its own that is there before.

use super::district::{BUILDINGS, CIRCUITS, POINT_NAMES, bare, value};

/// The variables of a circuit: its points, and what its building's schedule
/// says.
fn variables(circuit: usize) -> impl Iterator<Item = (&'static str, f64)> {
    let first = circuit * POINT_NAMES.len();
    POINT_NAMES.iter().enumerate().map(move |(at, name)| (*name, value(first + at, 0)))
}

fn is_state(name: &str) -> bool {
    matches!(name, "Fenster" | "Pumpe")
}

pub struct Rhai {
    engine: rhai::Engine,
    circuits: Vec<(std::cell::RefCell<rhai::Scope<'static>>, Vec<rhai::AST>)>,
}

impl Rhai {
    pub fn new() -> Self {
        let engine = rhai::Engine::new();
        let circuit = |circuit| {
            let mut scope = rhai::Scope::new();
            for (name, value) in variables(circuit) {
                if is_state(name) {
                    scope.push(name, value > 0.0);
                } else {
                    scope.push(name, value);
                }
            }
            scope.push("Nutzung", true);
            scope.push("Vorheizen", false);
            let parsed = bare(circuit).map(|text| engine.compile_expression(text).unwrap());
            (scope.into(), parsed.into())
        };
        let circuits = (0..BUILDINGS * CIRCUITS).map(circuit).collect();
        Self { engine, circuits }
    }

    /// How many conditions are true.
    pub fn evaluate(&self) -> usize {
        let mut on = 0;
        for (scope, conditions) in &self.circuits {
            let scope = &mut scope.borrow_mut();
            for condition in conditions {
                let said: rhai::Dynamic =
                    self.engine.eval_ast_with_scope(scope, condition).unwrap();
                on += usize::from(said.as_bool().unwrap_or_default());
            }
        }
        on
    }
}

pub struct Cel {
    circuits: Vec<(cel::Context<'static, 'static>, Vec<cel::Program>)>,
}

impl Cel {
    pub fn new() -> Self {
        let library = std::sync::Arc::new(cel::Env::stdlib());
        let circuit = |circuit| {
            let mut context = cel::Context::with_env(library.clone());
            for (name, value) in variables(circuit) {
                if is_state(name) {
                    context.add_variable_from_value(name, value > 0.0);
                } else {
                    context.add_variable_from_value(name, value);
                }
            }
            context.add_variable_from_value("Nutzung", true);
            context.add_variable_from_value("Vorheizen", false);
            let parsed = bare(circuit).map(|text| cel::Program::compile(&text).unwrap());
            (context, parsed.into())
        };
        Self { circuits: (0..BUILDINGS * CIRCUITS).map(circuit).collect() }
    }

    /// How many conditions are true.
    pub fn evaluate(&self) -> usize {
        let mut on = 0;
        for (context, conditions) in &self.circuits {
            for condition in conditions {
                let said = condition.execute(context).unwrap();
                on += usize::from(matches!(said, cel::Value::Bool(true)));
            }
        }
        on
    }
}
