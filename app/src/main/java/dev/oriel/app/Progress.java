package dev.oriel.app;

import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// A bar on stderr for what takes more than a second, a line where nobody knows how long; nothing where stderr is no terminal.
final class Progress implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int COLUMNS = 80;

    private final Streams streams;
    private final String task;
    private final long total;
    private final Thread starter;
    private ProgressBar bar;
    private long done;
    private boolean closed;

    /// @param total in bytes; -1 where nobody knows
    private Progress(Streams streams, String task, long total) {
        this.streams = streams;
        this.task = task;
        this.total = total;
        starter = streams.errTerminal() ? Thread.ofPlatform().daemon().start(this::startLater) : null;
    }

    static Progress waiting(Streams streams, String task) { return new Progress(streams, task, -1); }

    static Progress of(Streams streams, String task, long bytes) { return new Progress(streams, task, bytes); }

    synchronized void advance(long bytes) {
        done += bytes;
        if (bar != null) bar.stepTo(done);
    }

    private void startLater() {
        try {
            Thread.sleep(PATIENCE);
        } catch (InterruptedException e) {
            return;
        }
        synchronized (this) {
            if (closed) return;
            if (total < 0) {
                streams.note("oriel: " + task + "...");
                return;
            }
            bar = new ProgressBarBuilder().setTaskName(task).setInitialMax(total).setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(200)
                    .setUnit("MB", 1_000_000).setConsumer(new ConsoleProgressBarConsumer(streams.err(), COLUMNS)).build();
            bar.stepTo(done);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (starter != null) starter.interrupt();
        if (bar != null) bar.close();
    }
}
