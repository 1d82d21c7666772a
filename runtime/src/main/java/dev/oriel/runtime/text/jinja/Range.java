package dev.oriel.runtime.text.jinja;

import java.util.AbstractList;

/// Python's range: numbers that are computed when asked for.
final class Range extends AbstractList<Object> {
    final long start;
    final long stop;
    final long step;
    private final int size;

    Range(long start, long stop, long step) {
        if (step == 0) {
            throw new Fault("range() arg 3 must not be zero");
        }
        double exact = Math.ceil(((double) stop - start) / step);
        if (exact > Budget.RANGE) {
            throw new Fault("range too big: more than " + Budget.RANGE + " numbers");
        }
        this.start = start;
        this.stop = stop;
        this.step = step;
        this.size = (int) Math.max(0, exact);
    }

    @Override
    public Object get(int index) {
        return start + index * step;
    }

    @Override
    public int size() {
        return size;
    }
}
