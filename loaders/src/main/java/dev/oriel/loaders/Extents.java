package dev.oriel.loaders;

import dev.oriel.ops.Format;
import java.util.Arrays;

/// The arithmetic of a tensor's extents, with every step checked.
final class Extents {
    private Extents() {}

    /// Bytes of a tensor of this shape (slowest axis first; a zero extent means no bytes, no extents mean one number).
    static long bytes(String file, String name, Format format, long[] shape) {
        long columns = shape.length == 0 ? 1 : shape[shape.length - 1];
        try {
            long elements = 1;
            for (long extent : shape) {
                if (extent < 0) throw new ModelException(file, name, "extents of 0 or more", Arrays.toString(shape));
                elements = Math.multiplyExact(elements, extent);
            }
            if (columns > Integer.MAX_VALUE) throw new ModelException(file, name, "rows of at most " + Integer.MAX_VALUE + " numbers", Arrays.toString(shape));
            if (columns % format.blockLength() != 0)
                throw new ModelException(file, name, "rows of whole " + format + " blocks of " + format.blockLength(), Arrays.toString(shape));
            return format.bytes(elements);
        } catch (ArithmeticException e) {
            throw new ModelException(file, name, "a size below 2^63", Arrays.toString(shape));
        }
    }
}
