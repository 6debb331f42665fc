//! Whose rights count: those of the account `hauswart`, under which the service
//! runs, where this machine has one; else those of whoever asks.

use std::fs;
use std::os::unix::fs::MetadataExt;

/// As `systemd/hauswart.sysusers` makes it.
const NAME: &str = "hauswart";
/// As `systemd/hauswart.service` gives it besides.
const SERIAL_GROUP: &str = "dialout";

#[derive(Debug)]
pub struct Account {
    pub name: String,
    uid: u32,
    gids: Vec<u32>,
}

impl Account {
    pub fn of_the_daemon() -> Self {
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let group = fs::read_to_string("/etc/group").unwrap_or_default();
        Self::named(NAME, &passwd, &group).unwrap_or_else(Self::own)
    }

    /// From `passwd` (name:x:uid:gid:…) and `group` (name:x:gid:names).
    fn named(name: &str, passwd: &str, group: &str) -> Option<Self> {
        let fields = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
        let entry = passwd.lines().map(fields).find(|entry| entry[0] == name)?;
        let (uid, gid) = (entry.get(2)?.parse().ok()?, entry.get(3)?.parse().ok()?);
        let groups = group.lines().map(fields).filter(|group| {
            let members = group.get(3).map_or("", String::as_str);
            group[0] == SERIAL_GROUP || members.split(',').any(|member| member == name)
        });
        let more = groups.filter_map(|group| group.get(2)?.parse().ok());
        Some(Self { name: name.to_owned(), uid, gids: std::iter::once(gid).chain(more).collect() })
    }

    fn own() -> Self {
        let groups = rustix::process::getgroups().unwrap_or_default();
        let mut gids: Vec<u32> = groups.iter().map(|gid| gid.as_raw()).collect();
        gids.push(rustix::process::getegid().as_raw());
        let uid = rustix::process::geteuid().as_raw();
        Self { name: std::env::var("USER").unwrap_or_else(|_| uid.to_string()), uid, gids }
    }

    /// Whether it may read and write a file, or a folder's entries, going by
    /// owner, group and mode.
    pub fn may_write(&self, file: &fs::Metadata) -> bool {
        let wanted = if file.is_dir() { 0o7 } else { 0o6 };
        let mode = file.mode();
        let granted = if self.uid == 0 {
            wanted
        } else if file.uid() == self.uid {
            mode >> 6
        } else if self.gids.contains(&file.gid()) {
            mode >> 3
        } else {
            mode
        };
        granted & wanted == wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_the_rights_of_its_groups() {
        let passwd = "root:x:0:0::/root:/bin/sh\nhauswart:x:990:990::/:/sbin/nologin\n";
        let group = "dialout:x:20:\nhauswart:x:990:\nbus:x:30:anna,hauswart\nstaff:x:50:anna\n";
        let account = Account::named("hauswart", passwd, group).unwrap();
        assert_eq!((account.uid, account.gids), (990, vec![990, 20, 30]));
        assert!(Account::named("haus", passwd, group).is_none());
    }

    #[test]
    fn rights_are_those_of_owner_group_or_others() {
        let folder = tempfile::tempdir().unwrap();
        let of = |uid, gids: &[u32], mode| {
            let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
            fs::set_permissions(folder.path(), permissions).unwrap();
            let account = Account { name: String::new(), uid, gids: gids.to_vec() };
            let may = account.may_write(&fs::metadata(folder.path()).unwrap());
            let again = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            fs::set_permissions(folder.path(), again).unwrap();
            may
        };
        let owner = fs::metadata(folder.path()).unwrap();
        assert!(of(owner.uid(), &[], 0o700));
        let stranger = owner.uid() + 1;
        assert!(!of(stranger, &[], 0o770));
        assert!(of(stranger, &[owner.gid()], 0o770));
        assert!(!of(stranger, &[owner.gid()], 0o757), "the group's rights count for its members");
        assert!(of(stranger, &[], 0o777));
    }
}
