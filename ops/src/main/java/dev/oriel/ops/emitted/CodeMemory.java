package dev.oriel.ops.emitted;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
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
    private static final int READ_WRITE = 3, READ_EXECUTE = 5;
    /// Advice of Linux.
    private static final int HUGE_PAGES = 14;
    // The same for Windows.
    private static final int COMMIT_AND_RESERVE = 0x3000, RELEASE = 0x8000, PAGE_READ_WRITE = 0x04, PAGE_EXECUTE_READ = 0x20;
    private static final long PAGE = 4096;

    private static final Linker LINKER = Linker.nativeLinker();
    /// `void f(void *arguments)`, as a critical call: without a change of the thread's state, which is right for code that is short and calls nobody.
    private static final MethodHandle CALL = LINKER.downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG), Linker.Option.critical(false));

    /// What may throw anything because a method handle may.
    private interface Call<T> {
        T run() throws Throwable;
    }

    private final boolean windows;
    private final int mapFlags;
    private final Arena library = Arena.ofShared();
    private final MethodHandle map;
    private final MethodHandle protect;
    private final MethodHandle unmap;
    /// Or null.
    private final MethodHandle advise;
    private final List<MemorySegment> mapped = new ArrayList<>();

    CodeMemory(Platform platform) {
        windows = platform == Platform.WINDOWS;
        mapFlags = platform.mapFlags;
        SymbolLookup symbols = windows ? SymbolLookup.libraryLookup("Kernel32", library) : LINKER.defaultLookup();
        if (windows) {
            map = function(symbols, "VirtualAlloc", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT);
            protect = function(symbols, "VirtualProtect", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS);
            unmap = function(symbols, "VirtualFree", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
            advise = null;
        } else {
            map = function(symbols, "mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
            protect = function(symbols, "mprotect", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
            unmap = function(symbols, "munmap", JAVA_INT, ADDRESS, JAVA_LONG);
            advise = platform == Platform.LINUX ? function(symbols, "madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT) : null;
        }
    }

    private static MethodHandle function(SymbolLookup symbols, String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(symbols.findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }

    /// Calls code that [#place] returned.
    static void call(MemorySegment code, long arguments) {
        try {
            CALL.invokeExact(code, arguments);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// Puts code into pages of its own.
    ///
    /// @throws UnsupportedOperationException if the system refuses
    synchronized MemorySegment place(byte[] code) {
        long bytes = Math.ceilDiv(code.length, PAGE) * PAGE;
        MemorySegment memory = map(bytes);
        mapped.add(memory);
        MemorySegment.copy(code, 0, memory, JAVA_BYTE, 0, code.length);
        if (!execute(memory)) throw new UnsupportedOperationException("the system does not let emitted kernels be executed");
        return MemorySegment.ofAddress(memory.address());
    }

    /// Pages for numbers, zeros until they are written, which is when the system finds memory for them; free once the arena is closed, which has to be before this is.
    ///
    /// Where the system has large pages on request, they are requested: fewer faults while weights are packed, and fewer walks through page tables whenever they are read.
    ///
    /// @throws UnsupportedOperationException if the system refuses
    MemorySegment pages(long bytes, Arena arena) {
        MemorySegment pages = map(bytes);
        // A request that is refused costs nothing but speed.
        if (advise != null) run(() -> (int) advise.invokeExact(pages, bytes, HUGE_PAGES));
        return pages.reinterpret(arena, this::unmap);
    }

    private void unmap(MemorySegment pages) { run(() -> windows ? (int) unmap.invokeExact(pages, 0L, RELEASE) : (int) unmap.invokeExact(pages, pages.byteSize())); }

    private MemorySegment map(long bytes) {
        MemorySegment memory = run(() -> windows
            ? (MemorySegment) map.invokeExact(MemorySegment.NULL, bytes, COMMIT_AND_RESERVE, PAGE_READ_WRITE)
            : (MemorySegment) map.invokeExact(MemorySegment.NULL, bytes, READ_WRITE, mapFlags, -1, 0L));
        if (memory.address() == (windows ? 0 : -1)) throw new UnsupportedOperationException("the system gives no memory for emitted kernels");
        return memory.reinterpret(bytes);
    }

    private boolean execute(MemorySegment memory) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment before = arena.allocate(JAVA_INT);
            return run(() -> windows
                ? (int) protect.invokeExact(memory, memory.byteSize(), PAGE_EXECUTE_READ, before) != 0
                : (int) protect.invokeExact(memory, memory.byteSize(), READ_EXECUTE) == 0);
        }
    }

    private static <T> T run(Call<T> call) {
        try {
            return call.run();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static RuntimeException unexpected(Throwable e) {
        return switch (e) {
            case RuntimeException unchecked -> unchecked;
            case Error error -> throw error;
            default -> new IllegalStateException(e);
        };
    }

    @Override
    public synchronized void close() {
        mapped.forEach(this::unmap);
        mapped.clear();
        library.close();
    }
}
