package dev.oriel.ops;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Numbers of several bytes inside a block that lies in a byte array.
final class LittleEndian {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private LittleEndian() { }

    static float half(byte[] block, int at) { return Float.float16ToFloat((short) SHORT.get(block, at)); }

    static void putHalf(byte[] block, int at, float value) { SHORT.set(block, at, Float.floatToFloat16(value)); }

    /// An unsigned 16-bit number.
    static int u16(byte[] block, int at) { return (short) SHORT.get(block, at) & 0xffff; }

    static int i32(byte[] block, int at) { return (int) INT.get(block, at); }

    static void putI32(byte[] block, int at, int value) { INT.set(block, at, value); }
}
