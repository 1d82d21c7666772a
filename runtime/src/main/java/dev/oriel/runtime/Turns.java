package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Who computes next, and with whom. Calls from many threads stand in one line. There is no thread for it: the caller at the head of the line leads the next turn,
/// and the others sleep.
///
/// A turn is one caller's work that must be alone, or one pass over everything that waits to be fed: the next token of every sequence that generates, and beside
/// them a chunk of a prompt, so that a long one delays nobody by more than that. What is not finished after its turn goes to the end of the line.
final class Turns {
    /// Rows of one pass. Results do not depend on it.
    static final int CHUNK = 512;
    /// Rows of prompts in a pass that also carries somebody's next token.
    private static final int BESIDE = 128;
    private static final long LONGEST_GATHERING = 20_000_000;

    /// Runs one pass, of sequences that all have the rope of long ones or all have not, and gives the logits that each feed asks for.
    interface Pass {
        List<float[]> run(List<Model.Feed> feeds, int far);
    }

    private final Pass pass;
    /// Whether a prompt may be cut into chunks.
    private final boolean cut;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition gathered = lock.newCondition();
    private final Deque<Caller> line = new ArrayDeque<>();
    /// Threads that got logits in the last pass: they will be back with the next token at once.
    private final Set<Thread> due = new HashSet<>();
    private volatile Thread leader;
    private long lastPass;

    Turns(boolean cut, Pass pass) {
        this.cut = cut;
        this.pass = pass;
    }

    /// Does work while nobody else computes. The leader's own calls from within its work need no other turn.
    <T> T alone(Supplier<T> work) {
        if (leader == Thread.currentThread()) return work.get();
        Caller mine = new Caller(lock.newCondition());
        lock.lock();
        try {
            line.addLast(mine);
            awaitLead(mine);
        } finally {
            lock.unlock();
        }
        try {
            return work.get();
        } finally {
            lock.lock();
            try {
                line.remove(mine);
                resign();
            } finally {
                lock.unlock();
            }
        }
    }

    /// Feeds tokens in one or more passes, together with whatever else waits. If that fails, the sessions are where they were, as far as they can go back.
    ///
    /// @param far       which rope they have, see [Lengths]
    /// @param cancelled asked between passes, by any thread
    /// @return per feed, the logits it asks for; null if it was cancelled first
    List<float[]> feed(List<Model.Feed> feeds, int far, BooleanSupplier cancelled) {
        if (leader == Thread.currentThread()) throw new ModelException(Engine.NESTED);
        Feeding mine = new Feeding(lock.newCondition(), feeds, far, cancelled);
        lock.lock();
        try {
            line.addLast(mine);
            forget(mine.thread);
            while (!mine.done) {
                awaitLead(mine);
                if (mine.done) break;
                try {
                    turn();
                } finally {
                    resign();
                }
            }
        } finally {
            line.remove(mine);
            lock.unlock();
        }
        return mine.result();
    }

    /// The calling thread has no next token; nobody needs to wait for it.
    void leave() {
        lock.lock();
        try {
            forget(Thread.currentThread());
        } finally {
            lock.unlock();
        }
    }

    private void forget(Thread thread) {
        if (due.remove(thread) && due.isEmpty()) gathered.signalAll();
    }

    private void resign() {
        leader = null;
        if (!line.isEmpty()) line.getFirst().wake.signal();
    }

    /// One pass. The lock is held before and after, but not meanwhile.
    private void turn() {
        gather();
        List<Feeding.Share> shares = shares();
        if (shares.isEmpty()) return;
        List<float[]> logits = null;
        Throwable failure = null;
        long start = System.nanoTime();
        lock.unlock();
        try {
            logits = pass.run(feeds(shares), shares.getFirst().feeding().far);
        } catch (RuntimeException | Error e) {
            failure = e;
        } finally {
            lock.lock();
        }
        lastPass = System.nanoTime() - start;
        settle(shares, logits, failure);
    }

    /// A pass costs about the same for one sequence as for several, so it pays to wait a little for those that have just gone to choose their next token. Who is late
    /// is not waited for again.
    private void gather() {
        long left = Math.min(lastPass / 2, LONGEST_GATHERING);
        try {
            while (!due.isEmpty() && left > 0) left = gathered.awaitNanos(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        due.clear();
    }

    /// The rows of the next pass: the leader's for certain.
    private List<Feeding.Share> shares() {
        List<Feeding> ready = new ArrayList<>();
        for (Caller caller : List.copyOf(line)) {
            if (!(caller instanceof Feeding feeding)) continue;
            if (feeding.ends()) remove(feeding);
            else ready.add(feeding);
        }
        if (ready.isEmpty() || ready.getFirst() != line.getFirst()) return List.of();
        Feeding first = ready.getFirst();
        ready.removeIf(feeding -> feeding != first && (first.single || feeding.single || feeding.far != first.far));
        List<Feeding.Share> shares = new ArrayList<>();
        int rows = 0;
        for (Feeding feeding : ready) rows += feeding.shareShort(CHUNK - BESIDE - rows, shares);
        int room = shares.isEmpty() ? CHUNK : Math.min(BESIDE, CHUNK - rows);
        for (Feeding feeding : ready) room -= feeding.shareLong(cut, room, shares);
        return shares;
    }

    private static List<Model.Feed> feeds(List<Feeding.Share> shares) {
        List<Model.Feed> feeds = new ArrayList<>();
        for (Feeding.Share share : shares) feeds.add(share.feed());
        return feeds;
    }

    private void settle(List<Feeding.Share> shares, List<float[]> logits, Throwable failure) {
        Set<Feeding> took = new LinkedHashSet<>();
        for (Feeding.Share share : shares) took.add(share.feeding());
        if (failure != null && took.size() > 1) {
            // One of them spoiled it; each by itself shows which.
            took.forEach(feeding -> feeding.single = true);
            return;
        }
        for (int i = 0; failure == null && i < shares.size(); i++) shares.get(i).take(logits.get(i));
        for (Feeding feeding : took) {
            if (failure != null) feeding.fail(failure);
            line.remove(feeding);
            if (failure == null && !feeding.complete()) line.addLast(feeding);
            else finish(feeding);
        }
    }

    private void remove(Feeding feeding) {
        line.remove(feeding);
        finish(feeding);
    }

    private void finish(Feeding feeding) {
        feeding.done = true;
        feeding.wake.signal();
        if (feeding.complete()) due.add(feeding.thread);
    }

    /// Somebody in the line.
    static class Caller {
        final Thread thread = Thread.currentThread();
        final Condition wake;
        boolean done;

        Caller(Condition wake) { this.wake = wake; }
    }

    /// Sleeps until it is this caller's turn to lead, or another leader has done its work.
    private void awaitLead(Caller caller) {
        while (!caller.done && (leader != null || line.getFirst() != caller)) caller.wake.awaitUninterruptibly();
        if (!caller.done) leader = Thread.currentThread();
    }
}
