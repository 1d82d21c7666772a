package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Mem;
import dev.oriel.ops.emitted.Operand.Vec;
import java.util.Locale;

/// Operating systems on x86-64 with what differs between them. Linux is the one this is tested on; Windows and macOS follow their documentation and are untested.
enum Platform {
    /// System V calling convention.
    LINUX(Gpr.RDI, 0x22, false),
    /// The same, and another number for an anonymous mapping.
    MAC(Gpr.RDI, 0x1002, false),
    /// The low halves of vector registers 6 to 15 belong to the caller.
    WINDOWS(Gpr.RCX, 0, true);

    private static final int KEPT_FIRST = 6, KEPT_LAST = 15;

    /// The register in which a function finds its first argument.
    final Gpr argument;
    /// For `mmap`: private and anonymous.
    final int mapFlags;
    /// Whether a function has to keep vector registers 6 to 15.
    private final boolean keepsVectors;

    Platform(Gpr argument, int mapFlags, boolean keepsVectors) {
        this.argument = argument;
        this.mapFlags = mapFlags;
        this.keepsVectors = keepsVectors;
    }

    /// Begins a function: keeps what belongs to the caller.
    void enter(Assembler code) { vectors(code, Op.STORE); }

    /// Ends it.
    void leave(Assembler code) {
        vectors(code, Op.LOAD);
        code.vzeroupper().ret();
    }

    private void vectors(Assembler code, Op op) {
        if (!keepsVectors) return;
        for (int i = KEPT_FIRST; i <= KEPT_LAST; i++) code.vector(op, 128, new Vec(i), null, Mem.at(argument, Arguments.KEPT + 16 * (i - KEPT_FIRST)));
    }

    /// @throws UnsupportedOperationException if it is none of these
    static Platform here() {
        String architecture = System.getProperty("os.arch");
        if (!architecture.equals("amd64") && !architecture.equals("x86_64")) throw new UnsupportedOperationException("no emitted kernels for " + architecture);
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (system.startsWith("linux")) return LINUX;
        if (system.startsWith("mac")) return MAC;
        if (system.startsWith("windows")) return WINDOWS;
        throw new UnsupportedOperationException("no emitted kernels for " + System.getProperty("os.name"));
    }
}
