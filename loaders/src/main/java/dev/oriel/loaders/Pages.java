package dev.oriel.loaders;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Memory that a mapped file takes up while it is read. The system would take it back by itself, but only when memory has become short.
final class Pages {
    /// As large as pages come; only whole ones may go, for others share the edges.
    private static final long PAGE = 1 << 16;
    /// On Linux and macOS.
    private static final int DONT_NEED = 4;
    private static final MethodHandle ADVISE = advise();

    private Pages() {}

    /// Null where the system has no such call, or the program may not make it.
    private static MethodHandle advise() {
        String system = System.getProperty("os.name", "");
        if (!system.equals("Linux") && !system.startsWith("Mac") || !Pages.class.getModule().isNativeAccessEnabled()) return null;
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find("madvise").map(address -> linker.downcallHandle(address,
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT))).orElse(null);
    }

    /// Hands the whole pages of a mapped range back; they are read from the file again where they are touched again. False where that cannot be done.
    static boolean release(MemorySegment mapped) {
        long first = mapped.address() + PAGE - 1 & -PAGE;
        long end = mapped.address() + mapped.byteSize() & -PAGE;
        if (ADVISE == null || !mapped.isMapped()) return false;
        if (first >= end) return true;
        try {
            return (int) ADVISE.invokeExact(mapped.asSlice(first - mapped.address(), end - first), end - first, DONT_NEED) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException("madvise", e);
        }
    }
}
