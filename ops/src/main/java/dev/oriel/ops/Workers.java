package dev.oriel.ops;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Fixed threads that share the parts of one operation at a time; the caller is one of them.
///
/// Parts are claimed from a counter, and an operation ends when its last part has: a thread that wakes too late finds nothing left and holds nobody up.
///
/// Who waits looks around for a short while, longer than the gaps between the operations of a pass, and then parks, also the caller. Where other programs keep the cores
/// busy a helper often misses what it was woken for, and spinning takes time from those that work: each helper spins less the more it has missed.
final class Workers implements AutoCloseable {
    /// One operation, cut into parts that do not depend on each other.
    interface Work {
        /// @param part   which part, from 0
        /// @param worker which thread computes it, from 0 (the caller): for scratch memory of its own
        void compute(int part, int worker);
    }

    /// How often a thread looks for work before it parks: some 50 microseconds.
    private static final int SPINS = 2_000;
    /// The least of that, for a helper that comes too late again and again.
    private static final int FEW_SPINS = 20;

    /// Numbers below which waking the helpers costs more than they save.
    private static final int SMALL = 1 << 14;

    private final Helper[] helpers;
    private volatile Job job = new Job(0, null);
    private volatile boolean closed;

    /// @param threads threads that compute, the caller included
    Workers(int threads) {
        helpers = new Helper[Math.max(0, threads - 1)];
        for (int i = 0; i < helpers.length; i++) helpers[i] = new Helper(i + 1);
        for (Helper helper : helpers) helper.thread.start();
    }

    int count() { return helpers.length + 1; }

    /// As [#run], but alone where there is too little to do.
    ///
    /// @param work numbers to compute
    void share(int parts, long work, Work part) {
        if (work >= SMALL) run(parts, part);
        else for (int i = 0; i < parts; i++) part.compute(i, 0);
    }

    /// Computes parts `[0, parts)` and returns when all are done; throws what the first failing part threw.
    void run(int parts, Work work) {
        if (parts <= 1 || helpers.length == 0) {
            for (int part = 0; part < parts; part++) work.compute(part, 0);
            return;
        }
        Job next = new Job(parts, work);
        job = next;
        for (Helper helper : helpers) helper.wake();
        next.help(0);
        next.await();
    }

    @Override
    public void close() {
        closed = true;
        for (Helper helper : helpers) LockSupport.unpark(helper.thread);
        for (Helper helper : helpers) {
            try {
                helper.thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private final class Helper implements Runnable {
        private final int worker;
        private final Thread thread;
        private volatile boolean parked;

        Helper(int worker) {
            this.worker = worker;
            thread = Thread.ofPlatform().daemon().name("oriel-" + worker).unstarted(this);
        }

        void wake() {
            if (parked) LockSupport.unpark(thread);
        }

        @Override
        public void run() {
            Job last = job;
            last.help(worker);
            int spins = SPINS;
            while (!closed) {
                Job next = await(last, spins);
                if (next != last) spins = next.help(worker) ? Math.min(SPINS, 2 * spins) : Math.max(FEW_SPINS, spins / 2);
                last = next;
            }
        }

        private Job await(Job last, int spins) {
            for (int i = 0; i < spins && !closed; i++) {
                if (job != last) return job;
                Thread.onSpinWait();
            }
            // Announced before the last look: a job published after it finds the announcement.
            parked = true;
            while (job == last && !closed) LockSupport.park(Workers.this);
            parked = false;
            return job;
        }
    }

    private static final class Job {
        private final int parts;
        private final Work work;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger left;
        private volatile Throwable failure;
        /// The caller, once it has parked.
        private volatile Thread waiting;

        Job(int parts, Work work) {
            this.parts = parts;
            this.work = work;
            left = new AtomicInteger(parts);
        }

        /// @return whether there was something left to do
        boolean help(int worker) {
            boolean helped = false;
            for (int part = next.getAndIncrement(); part < parts; part = next.getAndIncrement()) {
                try {
                    if (failure == null) work.compute(part, worker);
                } catch (Throwable e) {
                    failure = e;
                } finally {
                    helped = true;
                    if (left.decrementAndGet() == 0 && waiting != null) LockSupport.unpark(waiting);
                }
            }
            return helped;
        }

        void await() {
            for (int i = 0; i < SPINS && left.get() > 0; i++) Thread.onSpinWait();
            // Announced before the last look: who finishes after it finds the announcement.
            if (left.get() > 0) waiting = Thread.currentThread();
            boolean interrupted = false;
            while (left.get() > 0) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            if (interrupted) Thread.currentThread().interrupt();
            switch (failure) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new IllegalStateException(failure);
            }
        }
    }
}
