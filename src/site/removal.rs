//! Plans the removal of what is installed. The start-up files go first, so that no Python
//! starts into a half-removed package; the manifests go last, so that a removal which is
//! killed can be completed from what is still there.

use super::package::PYCACHE;
use super::{FileState, Found, Inspection, InstalledPackage, Plan};
use crate::payload::{MANIFEST, PackageName, SITECUSTOMIZE};

const MODIFIED: &str = "was modified";
const FOREIGN: &str = "isn't the probe's";
const STILL_NAMED: &str = "is still named by a start-up file that was modified";

/// Plans it. Pure.
pub(super) fn plan(inspection: &Inspection) -> Plan {
    let mut plan = Plan::default();
    start_up_files(inspection, &mut plan);
    bytecode(inspection, &mut plan);
    for package in &inspection.packages {
        if is_named_by_modified(inspection, &package.name) {
            plan.keep(format!("{}/", package.name), STILL_NAMED);
        } else {
            remove_package(package, &mut plan);
        }
    }
    remove_leftovers(inspection, &mut plan);
    plan
}

fn start_up_files(inspection: &Inspection, plan: &mut Plan) {
    for file in &inspection.start_up {
        match &file.found {
            Found::Ours { sha256, .. } => plan.remove(file.name, Some(sha256.clone())),
            Found::Modified { .. } => plan.keep(file.name, MODIFIED),
            Found::Foreign if was_written(inspection, file.name) => plan.keep(file.name, FOREIGN),
            Found::Foreign | Found::Nothing => {}
        }
    }
}

/// Whether some manifest says that we wrote this file: then what stands there now isn't
/// what was there before.
fn was_written(inspection: &Inspection, name: &str) -> bool {
    inspection
        .packages
        .iter()
        .filter_map(|package| package.manifest.as_ref())
        .any(|manifest| manifest.files.contains_key(name))
}

/// Our sitecustomize's bytecode, and the folder that Python made for it.
fn bytecode(inspection: &Inspection, plan: &mut Plan) {
    for path in &inspection.bytecode {
        plan.remove(path, None);
    }
    let ours_once = was_written(inspection, SITECUSTOMIZE) || !inspection.bytecode.is_empty();
    if ours_once && inspection.pycache_exists && !inspection.pycache_existed() {
        plan.remove_folder(PYCACHE);
    }
}

/// A start-up file that stays must find the package that it names, or each start of Python
/// would print a traceback.
fn is_named_by_modified(inspection: &Inspection, name: &PackageName) -> bool {
    inspection
        .start_up
        .iter()
        .any(|file| matches!(&file.found, Found::Modified { package } if package == name))
}

/// Removes one package: what is intact goes, what isn't stays.
pub(super) fn remove_package(package: &InstalledPackage, plan: &mut Plan) {
    let kept_before = plan.kept.len();
    let folder = &package.name;
    let pycache = format!("{folder}/{PYCACHE}");
    let mut manifest = None;
    let mut pycache_stays = false;
    for file in &package.files {
        let path = format!("{folder}/{}", file.name);
        match file.state {
            FileState::Intact if file.name == MANIFEST => manifest = Some((path, file)),
            FileState::Intact => plan.remove(path, file.sha256.clone()),
            FileState::Modified => plan.keep(path, MODIFIED),
            FileState::Foreign => {
                pycache_stays |= path.starts_with(&pycache);
                plan.keep(path, FOREIGN);
            }
            FileState::Missing => {}
        }
    }
    // After their sources: a Python that finds a source without bytecode writes it, and makes the
    // folder again for that.
    for pyc in &package.bytecode {
        plan.remove(format!("{pycache}/{pyc}"), None);
    }
    if package.has_pycache && !pycache_stays {
        plan.remove_folder(&pycache);
    }
    if let Some((path, file)) = manifest {
        plan.remove(path, file.sha256.clone());
    }
    if plan.kept.len() == kept_before {
        plan.remove_folder(folder.as_str());
    }
}

/// Removes what a killed install left.
pub(super) fn remove_leftovers(inspection: &Inspection, plan: &mut Plan) {
    for leftover in &inspection.leftovers {
        match &leftover.files {
            None => plan.remove(&leftover.name, None),
            Some(files) => {
                for file in files {
                    plan.remove(format!("{}/{file}", leftover.name), None);
                }
                if leftover.has_pycache {
                    plan.remove_folder(format!("{}/{PYCACHE}", leftover.name));
                }
                plan.remove_folder(&leftover.name);
            }
        }
    }
}
