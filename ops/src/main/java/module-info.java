/// Numbers: stored formats, packed matrices, kernels and worker threads. Needs only the JDK.
module dev.oriel.ops {
    requires jdk.incubator.vector;

    exports dev.oriel.ops;
    provides dev.oriel.ops.Backend with dev.oriel.ops.CpuBackend;
}
