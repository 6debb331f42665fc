//! Bytes: guarded encoding and decoding of the two protocols, shared by the
//! drivers (`field`) and the simulated building (`plant`). No sockets here.

pub mod bacnet;
pub mod decimal;
pub mod modbus;
