"""Plain English words that questions use and that mean nothing to the planner; none of them is a misspelling."""

from typing import Final

COMMON: Final = frozenset(
    """
    a able about above across actually add added advice affected after again against age ago all allow allowed almost
    alone along already also although always am among amount an and another answer answered any anybody anyone anything
    anyway apart appear are around arrive arrived arriving as ask asked asks at attention available away
    back bad be became because become been before began begin behind being believe below best better between beyond big
    bit both bottom bring broke brought build business but buy by
    came can card care case chance change changed changes changing cheap check checked child children choose city clear
    close closed closing code come comes coming common company compare complete concern concerned concerning concerns
    consider contact contacted contain contained containing content continue correct cost could count country course cover
    create current curve cut
    data date deal decide decrease decreased deep detail details develop developed development did die differ difference
    different difficult do does doing done door dot double doubt down draw drive driven drop dropped dropping due during
    each ear earlier early easy eat either else email empty end ended enough entire equal error even ever every everybody
    everyone everything evolve evolved exact exactly example except excluding exclude excluded exist expect expected
    explain export express extra eye
    face fact fall fallen falling false family far fast fell felt few field figure figures fill final finally find fine
    fire first fit flat floor focus follow followed following follows food foot for force forecast forget form forward
    found free frequent frequently friend friends from front full fun further future
    gave general get gets getting girl give given gives giving go goes going gone good got graph great grew ground group
    grouped grow growing grown growth
    had half hand handle handled happen happened happening happens hard has have having he head hear heard heavy held
    hello help her here hers herself hey hi high higher highest him himself his hit hold home hope hot house how however
    hundred hurt
    i if ignore ignored ignoring imagine important in include included including increase increased indeed inform
    information inside instead instruction instructions interested into involve is it its itself
    job join joke just
    keep kept key kind kinds knew know known knows
    lack land large larger largest last late lately later latest law lead least leave left less let letter level lie life
    light like liked line link list listed lists little live lives local long longer look looked looking looks lose lot
    lots love low lower lowest luck
    made main mainly major make makes making man manage managed many mark market mass match matter may maybe me mean means
    meant meet men mention mentioned mentioning mentions met might mind mine minor minus miss missed model moment
    money more morning most mostly mother move moved much multiple must my myself
    name named names near nearly need needed needs neither never new news next nice night no nobody none nor normal
    normally not note nothing notice now number numbers
    object of off offer office often oh ok okay old on once one ones only onto open opinion option or order other others
    otherwise our ours out outside over overall overview own
    page paid pair part particular parts past pay people per perhaps period person phrase pick picture piece place plain
    plan play played please plot plus point position possible post power prefer present press pretend pretty previous
    print problem produce prompt proper prove provide public pull push put
    quality quarter quick quickly quiet quietest quite quote
    raise raised ran range rank ranked ranking rate rather ratio reach reached read ready real really reason reasons
    receive received recent recently regard regarding regards relate related relation remain remember remove repeat
    replace report reported reporting reports request requests respond response rest result results return right rise
    risen rising role room rose row rows rule rules run running
    safe said sale same sample save saw say saying says scale score second see seem seemed seems seen sell send
    sends sense sent sentence separate serious serve server service set several shall shape share she short should show
    showed showing shown shows side sign significant similar simple simply since single sit situation size small smaller
    smallest so some somebody someone something sometime sometimes somewhat soon sorry sort sorted sound source space
    speak speaking specific split spoke stand start started starting starts state stay steady step still stop story
    straight strange stuff such sudden suddenly sum summarise summarize summary support suppose sure surge switch
    table take taken takes taking talk talked talking team tell ten term terms test than thank thanks that the their theirs
    them themselves then there these they thing things think third this those though thought thousand through
    throughout thus tie till time times to together told too took top total totals touch toward towards tree trend trends
    tried true truly try turn turned turns twice two
    under understand unit unless unlike until unusual unusually up upon upward us use used useful uses using usual usually
    value values various vary versus very via view visible
    wait want wanted wanting wants war was wash waste watch water way ways we weather week well went were what whatever
    when whenever where whether which while who whole whom whose why wide will win wish with within without woman women
    wonder word words work worked working world worse worst worth would write writes writing written wrong wrote
    year yes yet you young your yours yourself
    post fast past cast cost lost host most must just dust rust bust test rest best west text next sent went bent rent
    tent vent cent gate late rate fate hate date mate bate mean lean bean team beam seam steam dream cream bream
    address agent agents alert alerts anomaly anomalies answering api application april async auth average bank base
    block bot breakdown broken bucket budget buggy chart charts china client cluster colour color comparison
    conversion credit criteria customer dashboard database debit default delete deleted deposit digest drill drilled
    duplicate earnings euro euros evening event events fee file filter filters fraud fresh gambling gender germany
    graphs guess handling history holiday holidays hot idea ids income insight insights install
    invoice issue item items july june kpi limit location logs loss march margin median metric metrics minute mode
    name novel outage outages password peak peaks percent percentage performance persona pie poem policy predict
    prediction president price prices product profit proportion query quota random receipt recipe refund refunds region
    regular release report reset resolution reveal revenue roulette salary sales satisfaction schedule script search
    secret seconds session shift shop signup site sites skip slowest sms soccer song spain speed spend spent
    spike spikes sports staff stake stakes standard stats statistic statistics stock store stories strategy
    system tabulate tables taxes timeline timelines token tool tools tournament train translate travel trip
    turnover upload usd user version video visit visits vote vpn weekly weekend wins winnings winner workspace zone
    """.split()
)
