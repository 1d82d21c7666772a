package dev.oriel.loaders;

import static dev.oriel.loaders.GgufBytes.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GgufReaderTest {
    private static GgufFile read(GgufBytes file) { return GgufReader.read("test.gguf", MemorySegment.ofArray(file.bytes())); }

    @Test
    void valuesOfEveryType() {
        Map<String, Object> metadata = read(header(0, 13)
                .key("u8", 0).u8(200).key("i8", 1).u8(200).key("u16", 2).u16(60000).key("i16", 3).u16(60000)
                .key("u32", 4).u32(-2).key("i32", 5).u32(-2).key("f32", 6).u32(Float.floatToIntBits(0.1f)).key("bool", 7).u8(1)
                .text("text", "grüß\u0000 \ud83d\ude00").key("u64", 10).u64(-1).key("i64", 11).u64(-1)
                .key("f64", 12).u64(Double.doubleToLongBits(0.1)).key("false", 7).u8(0)).metadata();
        assertThat(metadata).containsEntry("u8", 200L).containsEntry("i8", -56L).containsEntry("u16", 60000L).containsEntry("i16", -5536L)
                .containsEntry("u32", 4294967294L).containsEntry("i32", -2L).containsEntry("f32", (double) 0.1f).containsEntry("bool", true)
                .containsEntry("text", "grüß\u0000 \ud83d\ude00").containsEntry("u64", -1L).containsEntry("i64", -1L).containsEntry("f64", 0.1)
                .containsEntry("false", false);
        assertThatThrownBy(() -> new Metadata("test.gguf", metadata).require("u64", 0, Integer.MAX_VALUE)).hasMessageContaining("u64").hasMessageContaining("-1");
    }

    @Test
    void arraysOfEveryKind() {
        Map<String, Object> metadata = read(header(0, 5)
                .key("texts", GgufBytes.ARRAY).u32(GgufBytes.STRING).u64(3).string("").string("b").string("▁c")
                .key("ints", GgufBytes.ARRAY).u32(GgufBytes.I32).u64(2).u32(-1).u32(7)
                .key("floats", GgufBytes.ARRAY).u32(GgufBytes.F32).u64(1).u32(Float.floatToIntBits(-1.5f))
                .key("flags", GgufBytes.ARRAY).u32(GgufBytes.BOOL).u64(2).u8(0).u8(1)
                .key("none", GgufBytes.ARRAY).u32(GgufBytes.U64).u64(0)).metadata();
        assertThat(metadata).containsEntry("texts", List.of("", "b", "▁c")).containsEntry("ints", List.of(-1L, 7L))
                .containsEntry("floats", List.of(-1.5)).containsEntry("flags", List.of(false, true)).containsEntry("none", List.of());
    }

    @Test
    void extentsAreReversedAndMayBeNoneOrZero() {
        Map<String, Tensor> tensors = read(header(4, 0).tensor("matrix", 0, 0, 3, 2).tensor("number", 0, 32).tensor("nothing", 0, 64, 5, 0, 2)
                .tensor("empty rows", 8, 64, 0, 3).pad(32).zeros(64)).tensors();
        assertThat(tensors.keySet()).containsExactly("matrix", "number", "nothing", "empty rows");
        assertThat(tensors.get("matrix").shape()).containsExactly(2, 3);
        assertThat(tensors.get("number").shape()).isEmpty();
        assertThat(tensors.get("number").data().byteSize()).isEqualTo(4);
        assertThat(tensors.get("nothing").shape()).containsExactly(2, 0, 5);
        assertThat(tensors.get("nothing").data().byteSize()).isZero();
        assertThat(tensors.get("empty rows").format()).isEqualTo(Format.Q8_0);
        assertThat(tensors.get("empty rows").rows()).isZero();
    }

    @Test
    void vocabularyOfGemmaSizeIsRead() {
        int size = 262_144;
        GgufBytes file = header(0, 3).key("tokens", GgufBytes.ARRAY).u32(GgufBytes.STRING).u64(size);
        for (int i = 0; i < size; i++) file.string("▁tok" + i);
        file.key("scores", GgufBytes.ARRAY).u32(GgufBytes.F32).u64(size).zeros(4 * size);
        file.key("types", GgufBytes.ARRAY).u32(GgufBytes.I32).u64(size).zeros(4 * size);
        MemorySegment bytes = MemorySegment.ofArray(file.bytes());
        assertThat((List<?>) GgufReader.read("test.gguf", bytes).metadata().get("tokens")).hasSize(size);
    }
}
