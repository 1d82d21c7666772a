package dev.oriel.ops;

/// Activations laid out for [Panel]: groups of eight tokens `[column][8]`, the last group of four if that is enough, zero padded.
final class GroupedRows {
    private float[] numbers = {};
    private int columns;
    private int n;

    float[] numbers() { return numbers; }

    int groups() { return Math.ceilDiv(n, Panel.TOKENS); }

    /// Tokens of a group, padding included.
    int tokens(int group) { return n - group * Panel.TOKENS <= Panel.FEW ? Panel.FEW : Panel.TOKENS; }

    /// Where a group's number for `column` of its first token is.
    int at(int group, int column) { return group * Panel.TOKENS * columns + column * tokens(group); }

    void reserve(int n, int columns) {
        this.n = n;
        this.columns = columns;
        int length = Math.multiplyExact(Math.ceilDiv(n, Panel.TOKENS) * Panel.TOKENS, columns);
        if (numbers.length < length) numbers = new float[length];
        int last = groups() - 1;
        for (int token = n; token < last * Panel.TOKENS + tokens(last); token++) put(token, null);
    }

    /// Lays out one row `[columns]`, or zeros for null.
    void put(int token, float[] x) {
        int group = token / Panel.TOKENS;
        int step = tokens(group);
        int at = at(group, 0) + token % Panel.TOKENS;
        for (int k = 0; k < columns; k++) numbers[at + k * step] = x == null ? 0 : x[k];
    }
}
