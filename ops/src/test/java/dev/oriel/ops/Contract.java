package dev.oriel.ops;

/// What a contract test needs of the implementation it judges.
interface Contract {
    /// Relative error of an operation in float32 arithmetic.
    double FLOAT = 1e-5;

    /// Numbers of rows and columns around every vector, tile and block length.
    int[] SIZES = {1, 2, 3, 5, 7, 15, 16, 17, 31, 33, 64, 100, 172, 257};

    /// A new implementation; each test closes its own.
    Ops open();

    /// Relative error of a product with weights of a format. Implementations that round activations, to 8 bits say, allow 2e-2 for the formats they do it with.
    default double matmulTolerance(Format format) { return FLOAT; }
}
