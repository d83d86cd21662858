//! Plans an installation: the package first, then the start-up files that name it, then
//! older packages go. Whatever first part of it is performed, each start-up file names a
//! whole package.

use super::removal::{remove_leftovers, remove_package};
use super::{FileState, Found, Inspection, InstalledPackage, Manifest, Plan, SiteError, Step};
use crate::files::digest;
use crate::payload::{MANIFEST, Payload, PayloadFile, SITECUSTOMIZE};

/// Plans it. Pure. `manifest` comes without files.
pub(super) fn plan(
    inspection: &Inspection,
    payload: &Payload,
    mut manifest: Manifest,
) -> Result<Plan, SiteError> {
    refuse(inspection, payload)?;
    let mut plan = Plan::default();
    remove_leftovers(inspection, &mut plan);
    let start_up: Vec<PayloadFile> = payload
        .start_up_files()
        .into_iter()
        .filter(|file| file.name != SITECUSTOMIZE || inspection.sitecustomize_is_free())
        .collect();
    manifest.pycache_existed = inspection.pycache_existed();
    manifest.files = payload
        .files
        .iter()
        .map(|file| (format!("{}/{}", payload.package, file.name), file))
        .chain(start_up.iter().map(|file| (file.name.to_owned(), file)))
        .map(|(path, file)| (path, digest(&file.bytes)))
        .collect();
    write_package(inspection, payload, &manifest, &mut plan);
    write_start_up_files(inspection, &start_up, &mut plan);
    for package in &inspection.packages {
        if package.name != payload.package {
            remove_package(package, &mut plan);
        }
    }
    Ok(plan)
}

/// Files that aren't ours, or aren't what we wrote, aren't replaced.
fn refuse(inspection: &Inspection, payload: &Payload) -> Result<(), SiteError> {
    if inspection.occupied.contains(&payload.package) {
        let path = payload.package.as_str().into();
        return Err(SiteError::InTheWay { path });
    }
    for file in &inspection.start_up {
        let path = file.name.into();
        match file.found {
            Found::Modified { .. } => return Err(SiteError::Modified { path }),
            Found::Foreign if file.name != SITECUSTOMIZE => {
                return Err(SiteError::InTheWay { path });
            }
            _ => {}
        }
    }
    Ok(())
}

fn write_package(inspection: &Inspection, payload: &Payload, manifest: &Manifest, plan: &mut Plan) {
    let installed = inspection
        .packages
        .iter()
        .find(|package| package.name == payload.package);
    match installed {
        None => plan.steps.push(Step::CreatePackage {
            package: payload.package.clone(),
            files: payload
                .files
                .iter()
                .map(|file| (file.name.to_owned(), file.bytes.clone()))
                .chain([(MANIFEST.to_owned(), manifest.to_bytes())])
                .collect(),
        }),
        Some(package) => repair_package(package, payload, manifest, plan),
    }
}

/// The folder has the right name, so what should be in it is known: what differs is written
/// again, and its bytecode goes, which may be of a source with the same size and second.
fn repair_package(
    package: &InstalledPackage,
    payload: &Payload,
    manifest: &Manifest,
    plan: &mut Plan,
) {
    let folder = &package.name;
    let mut repaired = false;
    for file in &payload.files {
        let installed = package
            .files
            .iter()
            .find(|installed| installed.name == file.name && installed.state != FileState::Missing);
        // By content: without a manifest the state of a file may not be known.
        if installed.is_some_and(|installed| installed.sha256 == Some(digest(&file.bytes))) {
            continue;
        }
        let path = format!("{folder}/{}", file.name);
        let replaces = installed.is_some();
        if replaces {
            plan.notes
                .push(format!("`{path}` was modified and is written again"));
        }
        plan.steps.push(Step::Write {
            path,
            bytes: file.bytes.clone(),
            replaces,
        });
        repaired = true;
    }
    if repaired {
        for pyc in &package.bytecode {
            plan.remove(format!("{folder}/{}/{pyc}", super::package::PYCACHE), None);
        }
    }
    for file in &package.files {
        if file.state == FileState::Foreign {
            plan.keep(format!("{folder}/{}", file.name), "isn't the probe's");
        }
    }
    let noted = package.manifest.as_ref();
    if !noted.is_some_and(|noted| noted.same_but_for_the_time(manifest)) {
        plan.steps.push(Step::Write {
            path: format!("{folder}/{MANIFEST}"),
            bytes: manifest.to_bytes(),
            replaces: noted.is_some(),
        });
    }
}

fn write_start_up_files(inspection: &Inspection, start_up: &[PayloadFile], plan: &mut Plan) {
    for file in start_up {
        let wanted = digest(&file.bytes);
        let found = inspection.found(file.name);
        if matches!(found, Found::Ours { sha256, .. } if *sha256 == wanted) {
            continue;
        }
        plan.steps.push(Step::Write {
            path: file.name.to_owned(),
            bytes: file.bytes.clone(),
            replaces: *found != Found::Nothing,
        });
        if file.name == SITECUSTOMIZE {
            remove_bytecode(inspection, plan);
        }
    }
    if !inspection.sitecustomize_is_free() {
        // Another module took the name since: ours is never imported any more.
        if let Found::Ours { sha256, .. } = inspection.found(SITECUSTOMIZE) {
            plan.remove(SITECUSTOMIZE, Some(sha256.clone()));
        }
        remove_bytecode(inspection, plan);
        if let Some(occupant) = inspection.who_has_sitecustomize() {
            plan.notes.push(format!(
                "`{occupant}` has the name `sitecustomize`, so `probe.pth` and `probe.start` do without"
            ));
        }
    }
}

/// Of a `sitecustomize.py` that was replaced or removed.
fn remove_bytecode(inspection: &Inspection, plan: &mut Plan) {
    for path in &inspection.bytecode {
        plan.remove(path, None);
    }
}
