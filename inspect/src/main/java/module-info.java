/// Analyses of running models, written only against the public probe API.
module dev.oriel.inspect {
    requires transitive dev.oriel.runtime;

    exports dev.oriel.inspect;
}
