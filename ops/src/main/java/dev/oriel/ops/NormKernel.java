package dev.oriel.ops;

/// Norms, group by group: the whole and its three parts take the same steps.
final class NormKernel {
    private NormKernel() {}

    /// @param more what is added to x first, or null
    static void norm(HostRows more, Norm norm, HostRows x, HostRows out, int row, float[] lanes) {
        if (more != null) Elementwise.add(x.segment(), x.offset(row), more.segment(), more.offset(row), x.segment(), x.offset(row), x.width());
        for (int from = 0; from < x.width(); from += norm.width()) {
            normalize(norm, x, out, row, from, scale(norm, x, row, from, lanes), lanes);
            affine(norm, out, out, row, from);
        }
    }

    static void normScale(Norm norm, HostRows x, HostRows scale, int row, float[] lanes) {
        for (int group = 0; group < scale.width(); group++) scale.set(row, group, scale(norm, x, row, group * norm.width(), lanes));
    }

    static void normalize(Norm norm, HostRows x, HostRows scale, HostRows out, int row, float[] lanes) {
        for (int group = 0; group < scale.width(); group++) normalize(norm, x, out, row, group * norm.width(), scale.get(row, group), lanes);
    }

    static void affine(Norm norm, HostRows x, HostRows out, int row) {
        for (int from = 0; from < x.width(); from += norm.width()) affine(norm, x, out, row, from);
    }

    private static float scale(Norm norm, HostRows x, int row, int from, float[] lanes) {
        return scale(norm, Reductions.squares(x.segment(), at(x, row, from), mean(norm, x, row, from, lanes), norm.width(), lanes));
    }

    static float scale(Norm norm, float squares) { return (float) Math.sqrt((double) squares / norm.width() + norm.epsilon()); }

    private static void normalize(Norm norm, HostRows x, HostRows out, int row, int from, float scale, float[] lanes) {
        Elementwise.centre(x.segment(), at(x, row, from), mean(norm, x, row, from, lanes), scale, out.segment(), at(out, row, from), norm.width());
    }

    private static void affine(Norm norm, HostRows x, HostRows out, int row, int from) {
        long at = at(out, row, from);
        long source = at(x, row, from);
        HostRows current = x;
        if (norm.weight() instanceof HostRows weight) {
            Elementwise.multiply(x.segment(), source, weight.segment(), at(weight, 0, norm.column(weight, from)), out.segment(), at, norm.width());
            current = out;
            source = at;
        }
        if (norm.bias() instanceof HostRows bias)
            Elementwise.add(current.segment(), source, bias.segment(), at(bias, 0, norm.column(bias, from)), out.segment(), at, norm.width());
        else if (current != out)
            Elementwise.scale(current.segment(), source, 1, out.segment(), at, norm.width());
    }

    /// What is subtracted first: nothing for a root mean square norm.
    private static float mean(Norm norm, HostRows x, int row, int from, float[] lanes) {
        return norm.kind() == Norm.Kind.RMS ? 0 : Reductions.sum(x.segment(), at(x, row, from), norm.width(), lanes) / norm.width();
    }

    private static long at(HostRows rows, int row, int column) { return rows.offset(row) + (long) column * Float.BYTES; }
}
