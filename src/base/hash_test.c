/* One idea: the outputs of another implementation for the inputs of the paper's appendix, and the
 * other functions against the one that these prove. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/hash.h"
#include "base/random.h"

#define VECTOR_COUNT 64

/* The key 00 01 .. 0f; vector n is of the n bytes 00 01 .. n - 1. The first table is the one of the
 * SipHash authors; the other is the same with one round and three. */
static const struct hash_seed vector_seed = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};

static const uint64_t vectors_2_4[VECTOR_COUNT] = {
    0x726fdb47dd0e0e31u, 0x74f839c593dc67fdu, 0x0d6c8009d9a94f5au, 0x85676696d7fb7e2du,
    0xcf2794e0277187b7u, 0x18765564cd99a68du, 0xcbc9466e58fee3ceu, 0xab0200f58b01d137u,
    0x93f5f5799a932462u, 0x9e0082df0ba9e4b0u, 0x7a5dbbc594ddb9f3u, 0xf4b32f46226bada7u,
    0x751e8fbc860ee5fbu, 0x14ea5627c0843d90u, 0xf723ca908e7af2eeu, 0xa129ca6149be45e5u,
    0x3f2acc7f57c29bdbu, 0x699ae9f52cbe4794u, 0x4bc1b3f0968dd39cu, 0xbb6dc91da77961bdu,
    0xbed65cf21aa2ee98u, 0xd0f2cbb02e3b67c7u, 0x93536795e3a33e88u, 0xa80c038ccd5ccec8u,
    0xb8ad50c6f649af94u, 0xbce192de8a85b8eau, 0x17d835b85bbb15f3u, 0x2f2e6163076bcfadu,
    0xde4daaaca71dc9a5u, 0xa6a2506687956571u, 0xad87a3535c49ef28u, 0x32d892fad841c342u,
    0x7127512f72f27cceu, 0xa7f32346f95978e3u, 0x12e0b01abb051238u, 0x15e034d40fa197aeu,
    0x314dffbe0815a3b4u, 0x027990f029623981u, 0xcadcd4e59ef40c4du, 0x9abfd8766a33735cu,
    0x0e3ea96b5304a7d0u, 0xad0c42d6fc585992u, 0x187306c89bc215a9u, 0xd4a60abcf3792b95u,
    0xf935451de4f21df2u, 0xa9538f0419755787u, 0xdb9acddff56ca510u, 0xd06c98cd5c0975ebu,
    0xe612a3cb9ecba951u, 0xc766e62cfcadaf96u, 0xee64435a9752fe72u, 0xa192d576b245165au,
    0x0a8787bf8ecb74b2u, 0x81b3e73d20b49b6fu, 0x7fa8220ba3b2eceau, 0x245731c13ca42499u,
    0xb78dbfaf3a8d83bdu, 0xea1ad565322a1a0bu, 0x60e61c23a3795013u, 0x6606d7e446282b93u,
    0x6ca4ecb15c5f91e1u, 0x9f626da15c9625f3u, 0xe51b38608ef25f57u, 0x958a324ceb064572u,
};

static const uint64_t vectors_1_3[VECTOR_COUNT] = {
    0xabac0158050fc4dcu, 0xc9f49bf37d57ca93u, 0x82cb9b024dc7d44du, 0x8bf80ab8e7ddf7fbu,
    0xcf75576088d38328u, 0xdef9d52f49533b67u, 0xc50d2b50c59f22a7u, 0xd3927d989bb11140u,
    0x369095118d299a8eu, 0x25a48eb36c063de4u, 0x79de85ee92ff097fu, 0x70c118c1f94dc352u,
    0x78a384b157b4d9a2u, 0x306f760c1229ffa7u, 0x605aa111c0f95d34u, 0xd320d86d2a519956u,
    0xcc4fdd1a7d908b66u, 0x9cf2689063dbd80cu, 0x8ffc389cb473e63eu, 0xf21f9de58d297d1cu,
    0xc0dc2f46a6cce040u, 0xb992abfe2b45f844u, 0x7ffe7b9ba320872eu, 0x525a0e7fdae6c123u,
    0xf464aeb267349c8cu, 0x45cd5928705b0979u, 0x3a3e35e3ca9913a5u, 0xa91dc74e4ade3b35u,
    0xfb0bed02ef6cd00du, 0x88d93cb44ab1e1f4u, 0x540f11d643c5e663u, 0x2370dd1f8c21d1bcu,
    0x81157b6c16a7b60du, 0x4d54b9e57a8ff9bfu, 0x759f12781f2a753eu, 0xcea1a3bebf186b91u,
    0x2cf508d3ada26206u, 0xb6101c2da3c33057u, 0xb3f47496ae3a36a1u, 0x626b57547b108392u,
    0xc1d2363299e41531u, 0x667cc1923f1ad944u, 0x65704ffec8138825u, 0x24f280d1c28949a6u,
    0xc2ca1cedfaf8876bu, 0xc2164bfc9f042196u, 0xa16e9c9368b1d623u, 0x49fb169c8b5114fdu,
    0x9f3143f8df074c46u, 0xc6fdaf2412cc86b3u, 0x7eaf49d10a52098fu, 0x1cf313559d292f9au,
    0xc44a30dda2f41f12u, 0x36fae98943a71ed0u, 0x318fb34c73f0bce6u, 0xa27abf3670a7e980u,
    0xb4bcc0db243c6d75u, 0x23f8d852fdb71513u, 0x8f035f4da67d8a08u, 0xd89cd0e5b7e8f148u,
    0xf6f4e6bcf7a644eeu, 0xaec59ad80f1837f2u, 0xc3b2f6154b6694e0u, 0x9d199062b7bbb3a8u,
};

static void fill_counting(char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (char)i;
}

static void both_hashes_give_the_vectors(void **state)
{
    (void)state;
    char bytes[VECTOR_COUNT];
    fill_counting(bytes, sizeof bytes);
    for (size_t n = 0; n < VECTOR_COUNT; n++) {
        assert_true(hash_bytes_strong(vector_seed, (struct view){bytes, n}) == vectors_2_4[n]);
        assert_true(hash_bytes(vector_seed, (struct view){bytes, n}) == vectors_1_3[n]);
    }
    assert_true(hash_bytes_strong(vector_seed, (struct view){bytes, 15}) == 0xa129ca6149be45e5u);
    assert_true(hash_bytes_strong(vector_seed, (struct view){NULL, 0}) == vectors_2_4[0]);
    assert_true(hash_bytes(vector_seed, (struct view){NULL, 0}) == vectors_1_3[0]);
}

static void bytes_hash_alike_wherever_they_lie(void **state)
{
    (void)state;
    char bytes[VECTOR_COUNT + 8];
    for (size_t shift = 0; shift < 8; shift++) {
        memset(bytes, 0xee, sizeof bytes);
        fill_counting(bytes + shift, 40);
        for (size_t n = 0; n <= 40; n++)
            assert_true(hash_bytes(vector_seed, (struct view){bytes + shift, n}) ==
                        vectors_1_3[n]);
    }
}

static void two_words_hash_as_their_bytes(void **state)
{
    (void)state;
    const uint64_t seed = 99;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 10000; i++) {
        struct hash_seed key = {random_u64(&random), random_u64(&random)};
        uint64_t words[2] = {random_u64(&random) >> i % 64, random_u64(&random)};
        char bytes[16];
        memcpy(bytes, words, sizeof bytes);
        assert_true(hash_words(key, words[0], words[1]) ==
                    hash_bytes(key, (struct view){bytes, sizeof bytes}));
    }
}

static void a_digest_is_two_strong_hashes_of_the_whole_stream(void **state)
{
    (void)state;
    const uint64_t seed = 31;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    static char bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)random_u64(&random);
    for (int round = 0; round < 2000; round++) {
        struct view all = {bytes, (size_t)random_below(&random, sizeof bytes + 1)};
        struct hash_digest digest;
        hash_digest_init(&digest);
        for (size_t at = 0; at < all.size_bytes;) {
            size_t step = (size_t)random_below(&random, round % 2 == 0 ? 20 : 300);
            step = step > all.size_bytes - at ? all.size_bytes - at : step;
            hash_digest_add(&digest, (struct view){all.data + at, step});
            at += step;
        }
        hash_digest_add(&digest, (struct view){NULL, 0});
        uint64_t result[2];
        hash_digest_result(&digest, result);
        assert_true(result[0] == hash_bytes_strong((struct hash_seed){1, 2}, all));
        assert_true(result[1] == hash_bytes_strong((struct hash_seed){3, 4}, all));
    }
}

static void a_digest_goes_on_after_its_result(void **state)
{
    (void)state;
    struct hash_digest one;
    struct hash_digest two;
    hash_digest_init(&one);
    hash_digest_init(&two);
    uint64_t ignored[2];
    uint64_t a[2];
    uint64_t b[2];
    for (int i = 0; i < 50; i++) {
        hash_digest_add(&one, VIEW("abc"));
        hash_digest_add(&two, VIEW("abc"));
        hash_digest_result(&one, ignored);
    }
    hash_digest_result(&one, a);
    hash_digest_result(&two, b);
    assert_memory_equal(a, b, sizeof a);
    hash_digest_add(&two, VIEW("\0"));
    hash_digest_result(&two, b);
    assert_true(a[0] != b[0] && a[1] != b[1]);
}

/* SipHash-1-3 with 128 bits out under the same key, of 0, 8, 16 .. 64 bytes 00 01 02 .. */
static const uint64_t vectors_wide[][2] = {
    {0xbea58827b2bc7ee7u, 0x013030dd6adb62fdu},
    {0xb4dae3d5e1fe12aau, 0x99c7f935ab164f72u},
    {0xeb8e511557d9a8d0u, 0x93179e3df8b013b5u},
    {0xca92fdbc37f84b9eu, 0x4ad0841a06d209ceu},
    {0xb25778e6de446c40u, 0xd317740cf3603194u},
    {0x13b4b93e54205750u, 0x38f9eed9fa3c0bd5u},
    {0xa6841a5eb7f105d5u, 0x0803edb28335c403u},
    {0x1ae40ba4192eec94u, 0x8493c4306b0d94f3u},
    {0x36a54a4bf2de5312u, 0xc2666aba59a7c84eu},
};

static void a_content_of_words_gives_the_wide_vectors(void **state)
{
    (void)state;
    char bytes[VECTOR_COUNT];
    fill_counting(bytes, sizeof bytes);
    for (size_t n = 0; n <= VECTOR_COUNT / 8; n++) {
        struct hash_content content;
        uint64_t result[2];
        hash_content_begin(&content, vector_seed);
        for (size_t i = 0; i < n; i++) {
            uint64_t word;
            memcpy(&word, bytes + 8 * i, sizeof word);
            hash_content_word(&content, word);
        }
        hash_content_end(&content, result);
        assert_true(result[0] == vectors_wide[n][0] && result[1] == vectors_wide[n][1]);
    }
}

/* The words that hash_content_text promises, made byte by byte. */
static void a_text_is_the_words_that_it_promises(void **state)
{
    (void)state;
    char padded[600 + 8];
    for (size_t size = 0; size < 600; size++) {
        struct hash_content one;
        struct hash_content other;
        uint64_t a[2];
        uint64_t b[2];
        char *exact = malloc(size > 0 ? size : 1); /* so that a sanitizer sees what is beyond */
        assert_non_null(exact);
        for (size_t i = 0; i < size; i++)
            exact[i] = (char)(size + 7 * i + 1);
        memset(padded, 0, sizeof padded);
        memcpy(padded, exact, size);
        hash_content_begin(&one, vector_seed);
        hash_content_begin(&other, vector_seed);
        hash_content_text(&one, (struct view){exact, size});
        for (size_t at = 0; at == 0 || at < size; at += at == 0 ? 6 : 8) {
            uint64_t word = 0;
            memcpy(&word, padded + at, at == 0 ? 6 : 8);
            hash_content_word(&other, word | (at == 0 ? (uint64_t)size << 48 : 0));
        }
        hash_content_end(&one, a);
        hash_content_end(&other, b);
        assert_memory_equal(a, b, sizeof a);
        free(exact);
    }
}

/* Pieces that are one string when put together. */
static void contents_differ_when_their_pieces_do(void **state)
{
    (void)state;
    static const char all[] = "abcdefghijklmnopqrstuvwxyz";
    uint64_t results[sizeof all][2];
    for (size_t cut = 0; cut < sizeof all; cut++) {
        struct hash_content content;
        hash_content_begin(&content, vector_seed);
        hash_content_text(&content, (struct view){all, cut});
        hash_content_text(&content, (struct view){all + cut, sizeof all - 1 - cut});
        hash_content_end(&content, results[cut]);
        for (size_t i = 0; i < cut; i++)
            assert_memory_not_equal(results[i], results[cut], sizeof results[cut]);
    }
}

static void every_bit_of_key_and_bytes_matters(void **state)
{
    (void)state;
    char bytes[24];
    fill_counting(bytes, sizeof bytes);
    const uint64_t hash = hash_bytes(vector_seed, (struct view){bytes, sizeof bytes});
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
        assert_true(hash_bytes(vector_seed, (struct view){bytes, sizeof bytes}) != hash);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
    }
    for (int bit = 0; bit < 64; bit++) {
        struct hash_seed a = {vector_seed.k0 ^ (uint64_t)1 << bit, vector_seed.k1};
        struct hash_seed b = {vector_seed.k0, vector_seed.k1 ^ (uint64_t)1 << bit};
        assert_true(hash_bytes(a, (struct view){bytes, sizeof bytes}) != hash);
        assert_true(hash_bytes(b, (struct view){bytes, sizeof bytes}) != hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_hashes_give_the_vectors),
        cmocka_unit_test(bytes_hash_alike_wherever_they_lie),
        cmocka_unit_test(two_words_hash_as_their_bytes),
        cmocka_unit_test(a_digest_is_two_strong_hashes_of_the_whole_stream),
        cmocka_unit_test(a_digest_goes_on_after_its_result),
        cmocka_unit_test(a_content_of_words_gives_the_wide_vectors),
        cmocka_unit_test(a_text_is_the_words_that_it_promises),
        cmocka_unit_test(contents_differ_when_their_pieces_do),
        cmocka_unit_test(every_bit_of_key_and_bytes_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
