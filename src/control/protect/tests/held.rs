//! A wish that the limit of changes or a ramp held back, and that is wished no more.

use super::*;

/// What was wished in the meantime leaves no trace: after the hour, and after a
/// reload, it stands where it is wished to be.
#[test]
fn a_wish_that_was_held_back_and_taken_back_is_forgotten() {
    let mut world = World::setpoint(|it| {
        it.changes = guard(1);
        it.step = guard(3.0);
    });
    world.set(17.0);
    assert_eq!(world.cycle(), Some(17.0));
    for (wished, hold) in
        [(14.0, Some(Hold::Changes(1))), (19.0, Some(Hold::Step(3.0))), (17.0, None)]
    {
        world.set(wished);
        assert_eq!((world.after(10), world.hold()), (Some(17.0), hold), "{wished}");
    }
    world.guards.recompute();
    assert_eq!(world.after(3600), Some(17.0));
    world.set(14.0);
    assert_eq!(world.after(10), Some(14.0));
}

/// The same on a ramp, where it is on its way as long as it is held.
#[test]
fn a_wish_that_was_held_back_on_a_ramp_is_forgotten_when_it_is_taken_back() {
    // 60 K a minute
    let mut world = World::setpoint(|it| {
        (it.changes, it.step, it.ramp) = (guard(1), guard(3.0), guard(1.0));
    });
    world.reads(17.0);
    world.set(17.0);
    assert_eq!(world.cycle(), Some(17.0));
    let step = Some(Hold::Step(3.0));
    for (wished, hold) in [(14.0, Some(Hold::Changes(1))), (19.0, step), (17.0, None), (17.5, step)]
    {
        world.set(wished);
        world.after(1);
        assert_eq!((world.after(10), world.hold()), (Some(17.0), hold), "{wished}");
        world.guards.recompute();
        assert_eq!((world.after(1), world.hold()), (Some(17.0), hold), "{wished}, computed anew");
    }
    world.guards.recompute();
    assert_eq!(world.after(3600), Some(17.0));
    world.set(14.0);
    world.after(1);
    assert_eq!(world.after(10), Some(14.0));
}

/// Nor does it move from where it is wished to be, whatever was wished before it
/// set out.
#[test]
fn a_ramp_stays_where_the_point_is_wished_to_be() {
    let mut world = World::setpoint(|it| (it.step, it.ramp) = (guard(3.0), guard(0.1)));
    world.reads(17.0);
    for wished in [17.0, 14.0, 19.0, 17.0] {
        world.set(wished);
        assert_eq!(world.after(10), Some(17.0), "{wished}");
    }
    world.guards.recompute();
    assert_eq!(world.after(600), Some(17.0));
}
