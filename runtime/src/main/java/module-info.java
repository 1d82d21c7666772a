/// Models: architecture table, plan, sessions, probes, tokenizers, chat templates and samplers.
module dev.oriel.runtime {
    requires transitive dev.oriel.loaders;

    exports dev.oriel.runtime;
    exports dev.oriel.runtime.text;

    uses dev.oriel.ops.Backend;
}
