/// Benchmarks of the operations and of whole passes, written against the public names only.
module dev.oriel.bench {
    requires dev.oriel.runtime;
    requires jdk.incubator.vector;
    requires jmh.core;

    exports dev.oriel.bench;

    uses dev.oriel.ops.Backend;
}
