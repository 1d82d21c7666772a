package dev.oriel.loaders.hub;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/// Holds a lock against other threads and other processes; it ends with the process, however that ends.
final class Exclusive implements AutoCloseable {
    private static final long POLL_MILLISECONDS = 100;
    /// A file lock is the process's own, not a thread's.
    private static final ConcurrentMap<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

    private final ReentrantLock threads;
    private FileChannel channel;
    private boolean real;

    private Exclusive(ReentrantLock threads) { this.threads = threads; }

    /// Waits until the lock is free.
    ///
    /// @param waiting told once where that takes time
    static Exclusive on(Path file, Runnable waiting) throws IOException {
        Files.createDirectories(file.getParent());
        Exclusive exclusive = new Exclusive(THREADS.computeIfAbsent(file.toAbsolutePath(), _ -> new ReentrantLock()));
        try {
            if (!exclusive.threads.tryLock()) {
                waiting.run();
                exclusive.threads.lockInterruptibly();
            }
            exclusive.lock(file, waiting);
            return exclusive;
        } catch (InterruptedException e) {
            exclusive.close();
            Thread.currentThread().interrupt();
            throw new ModelException(file + ": interrupted while another pull had this lock", e);
        } catch (IOException | RuntimeException e) {
            exclusive.close();
            throw e;
        }
    }

    private void lock(Path file, Runnable waiting) throws IOException, InterruptedException {
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean told = false;
        while (true) {
            FileLock lock;
            try {
                lock = channel.tryLock();
            } catch (IOException e) {
                // Some network file systems have no locks.
                return;
            }
            real = lock != null;
            if (real) return;
            if (!told) waiting.run();
            told = true;
            Thread.sleep(POLL_MILLISECONDS);
        }
    }

    /// Whether other processes are kept out, too.
    boolean isReal() { return real; }

    @Override
    public void close() throws IOException {
        try {
            if (channel != null) channel.close();
        } finally {
            if (threads.isHeldByCurrentThread()) threads.unlock();
        }
    }
}
