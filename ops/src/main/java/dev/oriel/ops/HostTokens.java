package dev.oriel.ops;

/// What one pass is given, on the heap.
///
/// @param ids        token id of each row
/// @param positions  position of each row in its sequence
/// @param outputRows ascending rows whose output is wanted
record HostTokens(int[] ids, int[] positions, int[] outputRows) implements Tokens {

    HostTokens {
        if (ids.length != positions.length)
            throw new IllegalArgumentException(ids.length + " token ids with " + positions.length + " positions");
        for (int i = 0; i < outputRows.length; i++) {
            if (outputRows[i] <= (i == 0 ? -1 : outputRows[i - 1]) || outputRows[i] >= ids.length)
                throw new IllegalArgumentException("output rows must ascend within the " + ids.length + " rows of the pass, found " + outputRows[i]);
        }
        ids = ids.clone();
        positions = positions.clone();
        outputRows = outputRows.clone();
    }

    @Override
    public int count() { return ids.length; }

    @Override
    public int outputs() { return outputRows.length; }

    @Override
    public void close() {}
}
