//! Tells the program when it was built: a wall clock that shows an earlier time
//! cannot be right. `SOURCE_DATE_EPOCH` makes builds reproducible.

use std::time::SystemTime;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse::<u64>().ok());
    let built = given.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.map_or(0, |since| since.as_secs())
    });
    println!("cargo:rustc-env=HAUSWART_BUILT={built}");
}
