# Completion of weir for bash, written by: weir help --completion bash
_weir()
{
    local word=${COMP_WORDS[COMP_CWORD]}
    local before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} words= list=
    COMPREPLY=()
    if [ "$word" = = ]; then
        word=
    elif [ "$before" = = ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $command:$before in
    decide:--format) words="ndjson csv" ;;
    decide:--input) words="auto ndjson csv" ;;
    decide:--separator) words="comma semicolon tab pipe" ;;
    explain:--input) words="auto ndjson csv" ;;
    explain:--separator) words="comma semicolon tab pipe" ;;
    backtest:--flag) words="challenge challenge1 challenge2 challenge3 review block" ;;
    backtest:--input) words="auto ndjson csv" ;;
    backtest:--separator) words="comma semicolon tab pipe" ;;
    diff:--input) words="auto ndjson csv" ;;
    diff:--separator) words="comma semicolon tab pipe" ;;
    train:--kind) words="xgboost scorecard isolation" ;;
    train:--metric) words="ap logloss" ;;
    train:--calibrate) words="auto isotonic platt none" ;;
    train:--method) words="auto exact hist" ;;
    train:--input) words="auto ndjson csv" ;;
    train:--separator) words="comma semicolon tab pipe" ;;
    evaluate:--choose) words="ap auc entity rank" ;;
    evaluate:--kind) words="xgboost scorecard isolation" ;;
    evaluate:--method) words="auto exact hist" ;;
    evaluate:--input) words="auto ndjson csv" ;;
    evaluate:--separator) words="comma semicolon tab pipe" ;;
    model:--to) words="xgboost lightgbm weir" ;;
    model:--input) words="auto ndjson csv" ;;
    model:--separator) words="comma semicolon tab pipe" ;;
    simulate:--business) words="all payments banking loans crowdfunding credit wealth" list=${word%,*}, ;;
    simulate:--scenario) words="all none stolen_card account_takeover compromised_merchant mule_chain fan_in fan_out structuring identity_farm crowdfunding_ponzi insider_lookup mis_selling" list=${word%,*}, ;;
    help:--completion) words="bash" ;;
    *:--color) words="auto always never" ;;
    *) case $command:$word in
    check:-*) words="--json --help --color" ;;
    fmt:-*) words="--check --stdout --help --color" ;;
    test:-*) words="--coverage --json --help --color" ;;
    decide:-*) words="--output --format --input --separator --features --json-summary --help --color" ;;
    explain:-*) words="--id --event --json --input --separator --help --color" ;;
    backtest:-*) words="--label --amount --by --days --from --until --flag --input --separator --latency --json --help --color" ;;
    diff:-*) words="--samples --input --separator --json --help --color" ;;
    train:-*) words="--model --label --train --delay --validate --entity --amount --capacity --cost --kind --params --tune --grid --stop --metric --calibrate --method --seed --output --input --separator --help --color" ;;
    evaluate:-*) words="--model --label --folds --train --delay --test --kfold --entity --amount --capacity --cost --params --tune --grid --choose --kind --method --seed --input --separator --json --help --color" ;;
    model:-*) words="--json --output --names --name --to --label --model --amount --from --until --threshold --html --input --separator --help --color" ;;
    simulate:-*) words="--seed --customers --days --events --business --scenario --fraud-ppm --output --json --help --color" ;;
    help:-*) words="--man --completion --help --color" ;;
    version:-*) words="--json --help --color" ;;
    help:*) words="check fmt test decide explain backtest diff train evaluate model simulate help version" ;;
    esac ;;
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="check fmt test decide explain backtest diff train evaluate model simulate help version"
    fi
    if [ -n "$list" ] && [ "$word" != "${word%,*}" ]; then
        words=" $words"
        words=${words// / $list}
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _weir weir
