package dev.oriel.app;

import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// A bar on stderr for what takes more than a second, a line where nobody knows how long; nothing where stderr is no terminal.
final class Progress implements AutoCloseable {
    /// What is counted, and how many of it the bar calls one.
    private record Unit(String name, long size) {}

    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int COLUMNS = 80;
    private static final Unit BYTES = new Unit("MB", 1_000_000);
    private static final Unit ONE = new Unit("", 1);

    private final Streams streams;
    private final String task;
    private final Unit unit;
    private long total;
    private final Thread starter;
    private ProgressBar bar;
    private long done;
    private boolean closed;

    /// @param total -1 where nobody knows
    private Progress(Streams streams, String task, long total, Unit unit) {
        this.streams = streams;
        this.task = task;
        this.total = total;
        this.unit = unit;
        starter = streams.errTerminal() ? Thread.ofPlatform().daemon().start(this::startLater) : null;
    }

    static Progress waiting(Streams streams, String task) { return new Progress(streams, task, -1, BYTES); }

    static Progress of(Streams streams, String task, long bytes) { return new Progress(streams, task, bytes, BYTES); }

    /// Of runs, whose number is told by the first that is done.
    static Progress counting(Streams streams, String task) { return new Progress(streams, task, 0, ONE); }

    /// Of bytes, whose number turns out on the way.
    static Progress pulling(Streams streams) { return new Progress(streams, "pulling", 0, BYTES); }

    synchronized void at(long now, long all) {
        total = all;
        done = now;
        if (bar != null) bar.maxHint(all).stepTo(done);
    }

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
                    .setUnit(unit.name, unit.size).setConsumer(new ConsoleProgressBarConsumer(streams.err(), COLUMNS)).build();
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
