package dev.oriel.ops.emitted;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/// Memory for machine code: written while it is writable, then made executable, never both.
final class CodeMemory implements AutoCloseable {
    private static final int READ_WRITE = 3;
    private static final int READ_EXECUTE = 5;
    private static final int COMMIT_RESERVE = 0x3000;
    private static final int PAGE_READ_WRITE = 0x04;
    private static final int PAGE_EXECUTE_READ = 0x20;
    private static final int RELEASE = 0x8000;
    private static final long PAGE = 4096;

    private static final Linker LINKER = Linker.nativeLinker();
    /// `void f(void *arguments)`, as a critical call: without a change of the thread's state, which is right for code that is short and calls nobody.
    private static final MethodHandle CALL = LINKER.downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG), Linker.Option.critical(false));

    private record Page(MemorySegment memory) {}

    private final Platform platform;
    private final Arena library = Arena.ofShared();
    private final SymbolLookup symbols;
    private final List<Page> pages = new ArrayList<>();

    CodeMemory(Platform platform) {
        this.platform = platform;
        symbols = platform == Platform.WINDOWS ? SymbolLookup.libraryLookup("Kernel32", library) : LINKER.defaultLookup();
    }

    /// Calls code that [#place] returned.
    static void call(MemorySegment code, long arguments) {
        try {
            CALL.invokeExact(code, arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /// Puts code into pages of its own.
    ///
    /// @throws UnsupportedOperationException if the system refuses
    synchronized MemorySegment place(byte[] code) {
        long bytes = Math.ceilDiv(code.length, PAGE) * PAGE;
        MemorySegment memory = platform == Platform.WINDOWS ? reserve(bytes) : map(bytes);
        pages.add(new Page(memory));
        MemorySegment.copy(code, 0, memory, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, code.length);
        if (platform == Platform.WINDOWS) executable(memory);
        else protect(memory);
        return MemorySegment.ofAddress(memory.address());
    }

    private MemorySegment map(long bytes) {
        MethodHandle mmap = function("mmap", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
        try {
            MemorySegment memory = (MemorySegment) mmap.invokeExact(MemorySegment.NULL, bytes, READ_WRITE, platform.mapFlags, -1, 0L);
            if (memory.address() == -1) throw new UnsupportedOperationException("the system gives no memory for emitted kernels");
            return memory.reinterpret(bytes);
        } catch (Throwable e) {
            throw refused(e);
        }
    }

    private void protect(MemorySegment memory) {
        MethodHandle mprotect = function("mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
        try {
            int failed = (int) mprotect.invokeExact(memory, memory.byteSize(), READ_EXECUTE);
            if (failed != 0) throw new UnsupportedOperationException("the system does not let emitted kernels be executed");
        } catch (Throwable e) {
            throw refused(e);
        }
    }

    private MemorySegment reserve(long bytes) {
        MethodHandle allocate = function("VirtualAlloc", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT));
        try {
            MemorySegment memory = (MemorySegment) allocate.invokeExact(MemorySegment.NULL, bytes, COMMIT_RESERVE, PAGE_READ_WRITE);
            if (memory.address() == 0) throw new UnsupportedOperationException("the system gives no memory for emitted kernels");
            return memory.reinterpret(bytes);
        } catch (Throwable e) {
            throw refused(e);
        }
    }

    private void executable(MemorySegment memory) {
        MethodHandle protect = function("VirtualProtect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            int done = (int) protect.invokeExact(memory, memory.byteSize(), PAGE_EXECUTE_READ, arena.allocate(JAVA_INT));
            if (done == 0) throw new UnsupportedOperationException("the system does not let emitted kernels be executed");
        } catch (Throwable e) {
            throw refused(e);
        }
    }

    private MethodHandle function(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(symbols.findOrThrow(name), descriptor);
    }

    private static RuntimeException refused(Throwable e) {
        if (e instanceof RuntimeException unchecked) return unchecked;
        if (e instanceof Error error) throw error;
        return new IllegalStateException(e);
    }

    @Override
    public void close() {
        MemoryLayout[] unix = {ADDRESS, JAVA_LONG};
        MemoryLayout[] windows = {ADDRESS, JAVA_LONG, JAVA_INT};
        boolean free = platform == Platform.WINDOWS;
        MethodHandle release = function(free ? "VirtualFree" : "munmap", FunctionDescriptor.of(JAVA_INT, free ? windows : unix));
        try {
            for (Page page : pages) {
                int result = free ? (int) release.invokeExact(page.memory, 0L, RELEASE) : (int) release.invokeExact(page.memory, page.memory.byteSize());
            }
        } catch (Throwable e) {
            throw refused(e);
        }
        pages.clear();
        library.close();
    }
}
