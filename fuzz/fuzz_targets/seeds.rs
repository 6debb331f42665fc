//! `seeds TARGET FOLDER` writes a target's seeds into a folder, `seeds
//! dictionary FOLDER` the words for all of them.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [target, folder] = arguments.as_slice() else {
        eprintln!("usage: seeds TARGET FOLDER");
        std::process::exit(2);
    };
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder)?;
    if target == "dictionary" {
        return std::fs::write(folder.join(target), hauswart_fuzz::seeds::dictionary());
    }
    let seeds = hauswart_fuzz::seeds::of(target)?;
    assert!(!seeds.is_empty(), "no seeds for {target}");
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("{number:03}")), seed)?;
    }
    println!("{target}: {} seeds", seeds.len());
    Ok(())
}
