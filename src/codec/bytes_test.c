/* One idea: the small encodings against the vectors of the documents that define them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/random.h"
#include "codec/base64.h"
#include "codec/crc32c.h"
#include "codec/hex.h"
#include "codec/sha256.h"
#include "codec/varint.h"

#define SEED 4648u

static void assert_crc(struct view bytes, uint32_t wanted)
{
    assert_int_equal(crc32c(0, bytes), wanted);
    assert_int_equal(crc32c_portable(0, bytes), wanted);
}

/* RFC 3720, B.4, and the check value of the catalogue of parametrised CRC algorithms. */
static void crc32c_agrees_with_its_vectors(void **state)
{
    (void)state;
    static const unsigned char read_command[48] = {
        0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0,
        0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
    };
    char bytes[32];
    memset(bytes, 0, sizeof bytes);
    assert_crc((struct view){bytes, 32}, 0x8a9136aau);
    memset(bytes, 0xff, sizeof bytes);
    assert_crc((struct view){bytes, 32}, 0x62a8ab43u);
    for (int i = 0; i < 32; i++)
        bytes[i] = (char)i;
    assert_crc((struct view){bytes, 32}, 0x46dd794eu);
    for (int i = 0; i < 32; i++)
        bytes[i] = (char)(31 - i);
    assert_crc((struct view){bytes, 32}, 0x113fdb5cu);
    assert_crc((struct view){(const char *)read_command, 48}, 0xd9963a56u);
    assert_crc(VIEW("123456789"), 0xe3069283u);
    assert_crc(VIEW(""), 0);
}

static void crc32c_is_the_same_in_pieces_and_without_the_instruction(void **state)
{
    (void)state;
    char bytes[300];
    struct random random;
    random_init(&random, SEED);
    for (int round = 0; round < 1000; round++) {
        size_t size = random_below(&random, sizeof bytes);
        size_t cut = random_below(&random, size + 1);
        for (size_t i = 0; i < size; i++)
            bytes[i] = (char)random_u64(&random);
        uint32_t whole = crc32c(0, (struct view){bytes, size});
        uint32_t first = crc32c_portable(0, (struct view){bytes, cut});
        assert_int_equal(crc32c(first, (struct view){bytes + cut, size - cut}), whole);
        assert_int_equal(crc32c_portable(0, (struct view){bytes, size}), whole);
    }
}

static void varints_have_one_form_each(void **state)
{
    (void)state;
    static const struct { struct view bytes; uint64_t value; } good[] = {
        {{"\x00", 1}, 0},
        {{"\x7f", 1}, 127},
        {{"\x80\x01", 2}, 128},
        {{"\xe5\x8e\x26", 3}, 624485}, /* DWARF 5, 7.6 */
        {{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10}, UINT64_MAX},
    };
    static const struct view bad[] = {
        {"", 0}, {"\x80", 1}, {"\x80\x00", 2}, {"\xff\x00", 2},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 10},
    };
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char text[VARINT_BYTES_MAX];
        struct view from = good[i].bytes;
        assert_int_equal(varint_format(text, good[i].value), from.size_bytes);
        assert_memory_equal(text, from.data, from.size_bytes);
        assert_int_equal(varint_get(&from, &value), STATUS_OK);
        assert_int_equal(from.size_bytes, 0);
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct view from = bad[i];
        assert_int_equal(varint_get(&from, &value), STATUS_CORRUPT);
        assert_true(view_equal(from, bad[i]));
    }
}

static void varints_read_back(void **state)
{
    (void)state;
    struct random random;
    struct buf buf;
    buf_init(&buf, mem_libc());
    random_init(&random, SEED);
    for (int i = 0; i < 1000; i++) {
        uint64_t value = random_u64(&random);
        varint_put(&buf, value >> random_below(&random, 64));
    }
    struct view from = buf_view(&buf);
    random_init(&random, SEED);
    for (int i = 0; i < 1000; i++) {
        uint64_t value;
        assert_int_equal(varint_get(&from, &value), STATUS_OK);
        uint64_t wanted = random_u64(&random);
        assert_true(value == wanted >> random_below(&random, 64));
    }
    assert_int_equal(from.size_bytes, 0);
    buf_done(&buf);
}

/* RFC 4648, section 10. */
static void base64_agrees_with_its_vectors(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "+/+/", "-_-_"},
    };
    struct buf buf;
    buf_init(&buf, mem_libc());
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int url = 0; url <= 1; url++) {
            enum base64_alphabet alphabet = url ? BASE64_URL : BASE64_STANDARD;
            struct view text = view_of(cases[i][1 + url]);
            buf_clear(&buf);
            base64_put(&buf, alphabet, view_of(cases[i][0]));
            assert_true(view_equal(buf_view(&buf), text));
            buf_clear(&buf);
            assert_int_equal(base64_get(&buf, alphabet, text), STATUS_OK);
            assert_true(view_equal(buf_view(&buf), view_of(cases[i][0])));
        }
    }
    buf_done(&buf);
}

static void base64_is_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "Zm9v=",
                                      "====", "Z===", "Zg==Zg==", "Zm 9v", "Zm9v\n", "Zm9-",
                                      "=m9v", "Zm=v"};
    static const char *const bad_url[] = {"Z", "Zg==", "Zh", "Zm9", "Zm9v=", "+/+/", "Zm9vY"};
    struct buf buf;
    buf_init(&buf, mem_libc());
    buf_put_text(&buf, "kept");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (base64_get(&buf, BASE64_STANDARD, view_of(bad[i])) != STATUS_INVALID)
            fail_msg("%s was accepted", bad[i]);
    for (size_t i = 0; i < sizeof bad_url / sizeof bad_url[0]; i++)
        if (base64_get(&buf, BASE64_URL, view_of(bad_url[i])) != STATUS_INVALID)
            fail_msg("%s was accepted", bad_url[i]);
    assert_true(view_equal(buf_view(&buf), VIEW("kept")));
    buf_done(&buf);
}

static void encodings_report_missing_memory(void **state)
{
    (void)state;
    struct mem_meter meter;
    struct buf buf;
    mem_meter_init(&meter, mem_libc());
    meter.fail_from = 1;
    buf_init(&buf, &meter.mem);
    assert_int_equal(base64_get(&buf, BASE64_URL, VIEW("Zm9v")), STATUS_NO_MEMORY);
    buf_clear(&buf);
    base64_put(&buf, BASE64_URL, VIEW("foo"));
    assert_int_equal(buf_status(&buf), STATUS_NO_MEMORY);
    buf_clear(&buf);
    hex_put(&buf, VIEW("foo"));
    assert_int_equal(buf_status(&buf), STATUS_NO_MEMORY);
    buf_clear(&buf);
    varint_put(&buf, 1);
    assert_int_equal(buf_status(&buf), STATUS_NO_MEMORY);
    buf_done(&buf);
}

static void hex_reads_what_it_writes(void **state)
{
    (void)state;
    struct buf buf;
    unsigned char bytes[4] = {0};
    buf_init(&buf, mem_libc());
    hex_put(&buf, VIEW("\x00\x9a\xff\x7e"));
    assert_true(view_equal(buf_view(&buf), VIEW("009aff7e")));
    assert_int_equal(hex_get(VIEW("009AfF7e"), bytes, 4), STATUS_OK);
    assert_memory_equal(bytes, "\x00\x9a\xff\x7e", 4);
    assert_int_equal(hex_get(VIEW("009aff7"), bytes, 3), STATUS_INVALID);
    assert_int_equal(hex_get(VIEW("009aff7e"), bytes, 3), STATUS_INVALID);
    assert_int_equal(hex_get(VIEW("0g"), bytes, 1), STATUS_INVALID);
    assert_int_equal(hex_get(VIEW("@0"), bytes, 1), STATUS_INVALID);
    buf_done(&buf);
}

static void assert_digest(const unsigned char *digest, const char *wanted)
{
    unsigned char bytes[SHA256_BYTES];
    assert_int_equal(hex_get(view_of(wanted), bytes, sizeof bytes), STATUS_OK);
    assert_memory_equal(digest, bytes, sizeof bytes);
}

/* The examples that NIST publishes for FIPS 180-4. */
static void sha256_agrees_with_its_vectors(void **state)
{
    (void)state;
    unsigned char digest[SHA256_BYTES];
    char block[1000];
    memset(block, 'a', sizeof block);
    assert_int_equal(sha256_of(VIEW(""), digest), STATUS_OK);
    assert_digest(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(sha256_of(VIEW("abc"), digest), STATUS_OK);
    assert_digest(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct sha256 *sha256 = sha256_new();
    assert_non_null(sha256);
    for (int i = 0; i < 1000; i++)
        sha256_add(sha256, (struct view){block, sizeof block});
    assert_int_equal(sha256_result(sha256, digest), STATUS_OK);
    assert_digest(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    sha256_add(sha256, VIEW("abcdbcdecdefdefgefghfghighij"));
    sha256_add(sha256, VIEW(""));
    sha256_add(sha256, VIEW("hijkijkljklmklmnlmnomnopnopq"));
    assert_int_equal(sha256_result(sha256, digest), STATUS_OK);
    assert_digest(digest, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    sha256_free(sha256);
    sha256_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_agrees_with_its_vectors),
        cmocka_unit_test(crc32c_is_the_same_in_pieces_and_without_the_instruction),
        cmocka_unit_test(varints_have_one_form_each),
        cmocka_unit_test(varints_read_back),
        cmocka_unit_test(base64_agrees_with_its_vectors),
        cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(encodings_report_missing_memory),
        cmocka_unit_test(hex_reads_what_it_writes),
        cmocka_unit_test(sha256_agrees_with_its_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
